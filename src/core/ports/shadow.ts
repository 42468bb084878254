import type { ArchiveFormat } from '../archive/read-archive.ts';
import type { BackupFormat } from '../backup-format.ts';
import type { IndexWork } from '../dump/index-build.ts';
import type { CountedTable, TableName } from './database-facts.ts';

/** What a dump is to be. */
export interface DumpWish {
  /** An archive comes as this one. Plain SQL is best packed so on its way; otherwise, or not at all, is right too. */
  readonly format: BackupFormat;
  /** How many sessions dump at once, where the format has room for more than one. */
  readonly jobs: number;
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
  load(plain: AsyncIterable<Uint8Array>, options: LoadOptions, built?: OnBuilt): Promise<void>;
  /** The same of an archive; only where the target says that it has `archives`. */
  loadArchive(archive: StoredArchive, options: LoadOptions, seen?: OnSeenAtWork): Promise<void>;
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

/** Is told of the index builds that are done, what is done of those at work among their weight. */
export type OnBuilt = (done: IndexWork) => void;

/** What a server says that a pg_restore is doing, by the statements. */
export interface SeenAtWork {
  /** With the bytes of rows that have come. */
  readonly copies: readonly { readonly statement: string; readonly bytes: number }[];
  /** With the share of each that is done. */
  readonly builds: readonly { readonly statement: string; readonly share: number }[];
}

/** Is told so about once a second. */
export type OnSeenAtWork = (atWork: SeenAtWork) => void;

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
