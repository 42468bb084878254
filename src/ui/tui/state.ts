import type { Pace } from '../../core/pace.ts';
import type { BackupSet } from '../../core/ports/store.ts';
import type { Progress } from '../../core/progress.ts';
import type { ClearPreview } from '../../operations/clear.ts';
import type { RestorePreview } from '../../operations/preview-restore.ts';
import type { Previewed } from '../../operations/seen.ts';
import type { StatusResult } from '../../operations/status.ts';
import type { UndoPreview } from '../../operations/undo.ts';

/** What fills the main area. */
export type Place = 'menu' | 'backups' | 'details' | 'status' | 'help';

export type SortKey = 'age' | 'size' | 'rows';

/** Long work: it goes on whatever is looked at meanwhile. */
export interface Job {
  /** Verb and object: "Backing up kubegram". */
  title: string;
  /** Over in a moment as a rule: it has no panel of its own, so that nothing on the screen moves. */
  quick: boolean;
  startedAt: number;
  progress: Progress;
  pace: Pace;
  phaseStartedAt: number;
  /** The phases that are over, with how long each took in milliseconds. */
  done: readonly { phase: string; ms: number }[];
  cancelling: boolean;
}

/** The one line that is left of a job, and what else its person should know. */
export interface ResultLine {
  kind: 'good' | 'bad' | 'plain';
  text: string;
  notes: readonly string[];
}

/** What a typed name sets off. */
export type Dangerous =
  | { do: 'restore'; id: string; preview: Previewed<RestorePreview> }
  | { do: 'clear'; everything: boolean; preview: Previewed<ClearPreview> }
  | { do: 'undo'; preview: Previewed<UndoPreview> };

/** The database that was looked at, and whose name is to be typed. */
export function databaseOf(about: Dangerous): string {
  return about.preview.database;
}

export type Question =
  | { ask: 'note'; typed: string }
  /** `scroll`: how far what it is about is scrolled, where it is longer than its room. */
  | { ask: 'name'; about: Dangerous; typed: string; wrong: boolean; scroll: number }
  | { ask: 'delete'; id: string }
  | { ask: 'quit' };

export interface MenuState {
  columns: number;
  rows: number;
  now: number;
  place: Place;
  /** Where Esc leads from the place that is shown. */
  before: Place;
  /** The last look; null until the first has come back. */
  look: StatusResult | null;
  /** Why the last look failed, where that is no state of the target; it shows in the look's place. */
  trouble: ResultLine | null;
  /** Since when no look has been answered, in milliseconds since 1970. */
  silentSince: number | null;
  /** Newest first; null until they were read. */
  sets: readonly BackupSet[] | null;
  /** Why the backups cannot be read. */
  listTrouble: string | null;
  /** Which line of the menu is chosen. */
  item: number;
  /** The id of the backup that is chosen: it stays chosen when the list changes around it. */
  chosen: string | null;
  /** The list was opened to choose what is restored. */
  choosing: boolean;
  sort: SortKey;
  filter: string;
  filtering: boolean;
  /** How far a long page is scrolled. */
  scroll: number;
  question: Question | null;
  job: Job | null;
  /** What was done since the menu was opened, oldest first. */
  results: readonly ResultLine[];
  /** A passing line: the last result, or why a key does nothing. */
  notice: ResultLine | null;
}

export function initialState(columns: number, rows: number, now: number): MenuState {
  return {
    columns,
    rows,
    now,
    place: 'menu',
    before: 'menu',
    look: null,
    trouble: null,
    silentSince: null,
    sets: null,
    listTrouble: null,
    item: 0,
    chosen: null,
    choosing: false,
    sort: 'age',
    filter: '',
    filtering: false,
    scroll: 0,
    question: null,
    job: null,
    results: [],
    notice: null,
  };
}
