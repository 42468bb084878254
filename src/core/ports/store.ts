import type { Readable } from 'node:stream';
import type { Manifest } from '../manifest.ts';
import type { Progress } from '../progress.ts';

/** A set of the folder, as it was found: ours and whole, or shown as what it is. */
export type BackupSet = CompleteSet | UnverifiableSet;

export interface CompleteSet {
  state: 'complete';
  id: string;
  dataFile: string;
  manifest: Manifest;
}

/** Something that looks like a backup and cannot be verified; never removed by rotation. */
export interface UnverifiableSet {
  state: 'unverifiable';
  id: string;
  dataFile: string | null;
  sizeBytes: number;
  /** Why, as the end of "it cannot be verified: …". */
  because: string;
  /** What tells how new it is, where its metadata can be read. */
  known?: Pick<Manifest, 'sequence' | 'reason'> | undefined;
}

/** The exclusive right to change the folder; the system frees it when its owner dies. */
export interface FolderLock extends AsyncDisposable {
  /** What was put in order after a dead owner, as sentences. */
  readonly repairs: readonly string[];
}

export interface PendingFile {
  readonly id: string;
  readonly createdAt: Date;
  readonly sequence: number;
  /** Writes the data to disk, hashed as it arrives. */
  write(source: AsyncIterable<Buffer>, signal: AbortSignal): Promise<{ sizeBytes: number; checksum: string }>;
  /** Reads back what lies on the disk and compares, then publishes: data, table list, metadata last. */
  publish(manifest: Manifest, onProgress: (progress: Progress) => void): Promise<CompleteSet>;
  /** Removes every trace of it. */
  discard(): Promise<void>;
}

export interface BackupStore {
  readonly folder: string;
  list(): Promise<BackupSet[]>;
  lock(operation: string): Promise<FolderLock>;
  freeBytes(): Promise<number>;
  /** Claims the next free id; waits for the next second where this one is taken. Needs the lock. */
  begin(database: string, ending: string, signal: AbortSignal): Promise<PendingFile>;
  /** The file's bytes, whole; a link, a FIFO or a folder in its place is refused. */
  open(set: CompleteSet): Promise<Readable>;
  /** Replaces the metadata by rename. Needs the lock. */
  update(set: CompleteSet, manifest: Manifest): Promise<CompleteSet>;
  /** Removes a set, metadata first. Needs the lock. */
  remove(set: BackupSet): Promise<void>;
}
