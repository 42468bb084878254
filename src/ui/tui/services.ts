import type { BackupSet } from '../../core/ports/store.ts';
import type { BackupResult } from '../../operations/backup.ts';
import type { ClearPreview, ClearResult } from '../../operations/clear.ts';
import type { RestorePreview } from '../../operations/preview-restore.ts';
import type { RestoreResult } from '../../operations/restore.ts';
import type { Run } from '../../operations/run.ts';
import type { Previewed, Seen } from '../../operations/seen.ts';
import type { StatusResult } from '../../operations/status.ts';
import type { UndoPreview, UndoResult } from '../../operations/undo.ts';
import type { VerifyResult } from '../../operations/verify.ts';

/** What a person said yes to: the name as it was typed, and the database that was previewed. */
export interface Confirmed {
  confirm: string;
  previewed: Seen;
}

/** Everything that the menu can do: the operations, bound to a target. No rule lives on this side of it. */
export interface MenuServices {
  /** How often the target is worth a look, in milliseconds. */
  readonly lookEveryMs: number;
  /** What the header shows; a target that is out of reach is a result, not an error. */
  look(signal: AbortSignal): Promise<StatusResult>;
  backups(): Promise<BackupSet[]>;
  backUp(note: string, run: Run): Promise<BackupResult>;
  previewRestore(id: string, run: Run): Promise<Previewed<RestorePreview>>;
  restore(id: string, confirmed: Confirmed, run: Run): Promise<RestoreResult>;
  previewClear(everything: boolean, run: Run): Promise<Previewed<ClearPreview>>;
  clear(everything: boolean, confirmed: Confirmed, run: Run): Promise<ClearResult>;
  previewUndo(run: Run): Promise<Previewed<UndoPreview>>;
  undo(confirmed: Confirmed, run: Run): Promise<UndoResult>;
  verify(id: string, deep: boolean, run: Run): Promise<VerifyResult>;
  remove(id: string): Promise<BackupSet>;
  pin(id: string, pinned: boolean): Promise<BackupSet>;
  /** Milliseconds since 1970. */
  now(): number;
}
