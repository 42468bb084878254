import type { ArchiveFormat } from '../archive/read-archive.ts';
import type { BackupFormat } from '../backup-format.ts';
import type { IndexWork } from '../dump/index-build.ts';
import type { DatabaseSettings } from '../manifest.ts';

export interface TableName {
  schema: string;
  name: string;
}

export interface TableRows extends TableName {
  rows: number;
}

export interface TableFacts extends TableName {
  columns: string[];
  /** The statistics' estimate; null where the table was never analysed. */
  estimatedRows: number | null;
  sizeBytes: number;
  /** The extension that owns the table, and whether a dump carries its rows. */
  extension: { name: string; dumped: boolean } | null;
}

/** A table with the exact count of its rows. */
export interface CountedTable extends TableFacts {
  rows: number;
}

export interface MovedSequence extends TableName {
  ownedBy: TableName | null;
}

/** Everything about a live database that an operation asks before it acts. */
export interface DatabaseFacts {
  name: string;
  oid: number;
  sizeBytes: number;
  sessions: number;
  /** Pages that its tables have by the server's statistics, those beside them for long values too; 0 where never gathered. */
  tablePages: number;
  tables: TableFacts[];
  schemas: string[];
  /** Roles that objects of the database name: owners, grantees, policies. */
  roles: string[];
  extensions: { name: string; version: string }[];
  tablespaces: string[];
  settings: DatabaseSettings;
  /** What a swap would damage (FAULTS F42), each as a person would name it. */
  obstacles: string[];
  invalidIndexes: string[];
  largeObjects: number;
  /** Everything that somebody made in it: tables, types, functions, schemas, extensions. */
  userObjects: number;
}

export interface ServerFacts {
  version: string;
  /** Names the cluster: a copy of the volume keeps it, a new volume has another. */
  systemIdentifier: string;
  roles: string[];
  tablespaces: string[];
  extensions: { name: string; versions: string[] }[];
}

/** The database that a swap put aside, whole and one rename away. */
export interface UndoPoint {
  name: string;
  oid: number;
  sizeBytes: number;
  /** UTC, by the server's clock. */
  at: string;
  /** What put it aside. */
  operation: 'restore' | 'clear' | 'undo';
  /** The verified backup that is known to hold all that is in it, if there is one: without one nothing drops it. */
  backupId: string | null;
}

export interface TargetStatus {
  /** As the engine calls it: running, exited, paused …; `embedded` where no engine is asked. */
  state: string;
  image: string | null;
  serverVersion: string;
  exists: boolean;
  sizeBytes: number;
  sessions: number;
  tables: TableFacts[];
  undoPoint: UndoPoint | null;
  /** Databases that an interrupted operation left, none of them held by a running one. */
  leftovers: string[];
}

/** What a dump is to be. */
export interface DumpWish {
  /** An archive comes as this one. Plain SQL is best packed so on its way; otherwise, or not at all, is right too. */
  readonly format: BackupFormat;
  /** How many sessions dump at once, where the format has room for more than one. */
  readonly jobs: number;
}

/** Free bytes at the server; null where they cannot be told. */
export interface FreeRoom {
  /** Where it keeps its data. */
  data: number | null;
  /** Where an archive lies for its time. */
  archives: number | null;
  /** Whether both are one disk: what is written to either is missing in the other. */
  shared: boolean;
}

export interface Dump {
  /**
   * The archive, or the plain SQL, bytes as the dump tool wrote them; plain SQL is on its way packed in any way or in
   * none: the first bytes tell. Who stops reading before the end ends the dump.
   */
  stream: AsyncIterable<Buffer>;
  /** Settles when the dump tool has ended; rejects where it failed. */
  finished: Promise<void>;
}

/** An archive of pg_restore's as it lies in a backup. */
export interface StoredArchive {
  readonly format: ArchiveFormat;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** How many bytes those are. */
  readonly length: number;
  /** Called when all of them were sent, before anything of them is run; throws where they are not the right ones. */
  sent(): void;
}

/** A database beside the live one that nobody else knows: built, proven, then swapped in or dropped. */
export interface Shadow extends AsyncDisposable {
  readonly name: string;
  /** Loads a plain dump, its DROP section left out; rejects at the first SQL error. */
  load(plain: AsyncIterable<Uint8Array>, options: LoadOptions, watch?: LoadWatch): Promise<void>;
  /** The same of an archive; only where {@link Target.archives} says so. */
  loadArchive(archive: StoredArchive, options: LoadOptions, watch?: LoadWatch): Promise<void>;
  /**
   * Makes it what the live database is without its data: schema, extension versions, the rows of `keep` and
   * of extension configuration tables, materialized views refreshed where they were populated.
   */
  copySchemaOfLive(keep: readonly TableName[], signal: AbortSignal): Promise<void>;
  /** Exact counts of all ordinary and unlogged tables. */
  rows(): Promise<CountedTable[]>;
  /** How its schema, extensions, populated views, or the rows of `keep` differ from the live ones; null: in nothing. */
  differenceFromLive(keep: readonly TableName[], signal: AbortSignal): Promise<string | null>;
  /**
   * Gathers its statistics.
   *
   * @param jobs How many sessions may do that at once.
   */
  analyze(jobs: number): Promise<void>;
  /** Gives it the live database's settings ahead of its swap, which then only looks whether they are still the same. */
  applySettings(): Promise<void>;
}

/** Is told how far a load is, by a target that knows it. */
export interface LoadWatch {
  /** The index builds that are done, what is done of those at work among their weight. */
  built(done: IndexWork): void;
  /** How large the database has become, in bytes. */
  grown(bytes: number): void;
}

export interface LoadOptions {
  signal: AbortSignal;
  extensions: readonly { name: string; version: string }[];
  /** Schemas that the dumped database had; `public` is dropped where it is not among them. */
  schemas: readonly string[];
  /** Leave out owners and grants. */
  withoutOwners: boolean;
  /** Leave out row security policies: for a scratch database where their roles are missing. */
  withoutPolicies: boolean;
  /** How many sessions work at once, where there is something to share out. */
  jobs: number;
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
  dump(signal: AbortSignal, wish: DumpWish): Dump;
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
