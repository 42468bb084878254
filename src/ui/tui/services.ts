import type { BackupSet } from '../../core/ports/store.ts';
import type { BackupResult } from '../../operations/backup.ts';
import type { ClearPreview, ClearResult } from '../../operations/clear.ts';
import type { RestorePreview } from '../../operations/preview-restore.ts';
import type { RestoreResult } from '../../operations/restore.ts';
import type { Run } from '../../operations/run.ts';
import type { StatusResult } from '../../operations/status.ts';
import type { UndoResult } from '../../operations/undo.ts';
import type { VerifyResult } from '../../operations/verify.ts';

/** Everything that the menu can do: the operations, bound to a target. No rule lives on this side of it. */
export interface MenuServices {
  /** How often the target is worth a look, in milliseconds. */
  readonly lookEveryMs: number;
  /** What the header shows; a target that is out of reach is a result, not an error. */
  look(signal: AbortSignal): Promise<StatusResult>;
  backups(): Promise<BackupSet[]>;
  backUp(note: string, run: Run): Promise<BackupResult>;
  previewRestore(id: string, run: Run): Promise<RestorePreview>;
  restore(id: string, confirm: string, run: Run): Promise<RestoreResult>;
  previewClear(everything: boolean, run: Run): Promise<ClearPreview>;
  clear(everything: boolean, confirm: string, run: Run): Promise<ClearResult>;
  undo(confirm: string, run: Run): Promise<UndoResult>;
  verify(id: string, deep: boolean, run: Run): Promise<VerifyResult>;
  remove(id: string): Promise<BackupSet>;
  pin(id: string, pinned: boolean): Promise<BackupSet>;
  /** Milliseconds since 1970. */
  now(): number;
}
