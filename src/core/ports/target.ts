import type { DatabaseSettings } from '../manifest.ts';
import type {
  CountedTable,
  DatabaseFacts,
  MovedSequence,
  ServerFacts,
  TableFacts,
  TableName,
  TableRows,
  TargetStatus,
  UndoPoint,
} from './database-facts.ts';
import type { Dump, DumpWish, Shadow } from './shadow.ts';

/** Free bytes at the server; null where they cannot be told. */
export interface FreeRoom {
  /** Where it keeps its data. */
  data: number | null;
  /** Where an archive lies for its time. */
  archives: number | null;
  /** Whether both are one disk: what is written to either is missing in the other. */
  shared: boolean;
}

export interface SwapRequest {
  operation: UndoPoint['operation'];
}

export interface Swapped {
  undoPoint: UndoPoint;
  /** From the fence to the rename, at the server, in milliseconds; null where its answer was lost. */
  blockedMs: number | null;
}

export interface ShadowRequest {
  purpose: 'shadow' | 'scratch';
  settings: DatabaseSettings;
}

/**
 * A target held for one operation: the server's lock is taken, what a dead operation left is in order.
 * Disposing ends every session of the operation and gives the lock back.
 */
export interface Connection extends AsyncDisposable {
  readonly server: ServerFacts;
  /** Whether it does two things at once: a shadow can be built while a dump runs. */
  readonly parallel: boolean;
  /** What was put in order on the way in, as sentences. */
  readonly repairs: readonly string[];
  /** Null where the database does not exist. */
  live(): Promise<DatabaseFacts | null>;
  /** Counts the rows of the live tables; estimates, where counting would take longer than the limit. */
  liveRows(limitMs: number): Promise<{ tables: CountedTable[]; exact: boolean }>;
  /** The user's sequences that have given a number, each with the table that owns it. */
  movedSequences(): Promise<MovedSequence[]>;
  /** Rows in extension tables that no dump carries (FAULTS F14). */
  undumpedRows(): Promise<TableRows[]>;
  /** Changes whenever what its emptied twin is made of does: the schema, the rows of `keep`, those of extensions that stay. */
  twinToken(keep: readonly TableName[]): Promise<string>;
  freeRoom(): Promise<FreeRoom>;
  /** @param grown hears about once a second how many bytes of an archive there are that is not sent before it is whole */
  dump(signal: AbortSignal, wish: DumpWish, grown?: (bytes: number) => void): Dump;
  dumpShadow(shadow: Shadow, signal: AbortSignal, wish: DumpWish): Dump;
  createShadow(request: ShadowRequest): Promise<Shadow>;
  /**
   * Puts the shadow in the live database's place, with the settings that this has by then, and the live one aside.
   * Once begun it is not interrupted: it commits as a whole or leaves all as it was.
   */
  swap(shadow: Shadow, request: SwapRequest): Promise<Swapped>;
  /** Gives a shadow a free name: where no live database exists, and for a restore beside. */
  adopt(shadow: Shadow, name: string, settings: DatabaseSettings): Promise<void>;
  exists(name: string): Promise<boolean>;
  /** Newest first. */
  undoPoints(): Promise<UndoPoint[]>;
  /** Swaps the undo point back; what was live becomes the new one. Null where there was no live database. */
  undo(point: UndoPoint): Promise<Swapped | null>;
  /** A moment in the database's history: equal ones have no row written between them; sequences may have moved. */
  mark(): Promise<string>;
  /**
   * The tables of a put-aside database that were written after the mark. Unless it is known that nobody wrote anything, all
   * are looked through, and those that differ from the backup in rows are among them.
   */
  writtenSince(point: UndoPoint, mark: string, backedUp: readonly TableRows[]): Promise<TableRows[]>;
  /** Writes down that a backup holds all that an undo point has. */
  recordBackup(point: UndoPoint, backupId: string): Promise<UndoPoint>;
  /** Whether a put-aside database has no rows but those that a clear keeps, and the schema of the live one. */
  isEmptied(point: UndoPoint, keeps: (table: TableFacts) => boolean): Promise<boolean>;
  dropUndoPoint(point: UndoPoint): Promise<void>;
  createRoles(names: readonly string[]): Promise<void>;
}

export interface ConnectRequest {
  operation: string;
  /** `read` lets other readers in; `change` is alone on its database. */
  access: 'read' | 'change';
  signal: AbortSignal;
}

/** A database that can be backed up and restored, however it is reached. */
export interface Target {
  readonly kind: 'docker' | 'embedded';
  /** Whether archives of pg_restore's can be made and loaded: that takes the tools that a server comes with. */
  readonly archives: boolean;
  readonly database: string;
  readonly container: string | null;
  /** Whether it is on this machine; what is not counts as production (SPEC 6, guard rails). Undefined where nobody said. */
  isLocal(): Promise<boolean | undefined>;
  status(signal: AbortSignal): Promise<TargetStatus>;
  connect(request: ConnectRequest): Promise<Connection>;
  /** Ends on the server what this process started, without waiting: the process is about to end. */
  abandon(): void;
}
