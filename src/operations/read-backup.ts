import { createHash } from 'node:crypto';
import { addAbortSignal, pipeline, type Readable, Transform } from 'node:stream';
import { type BackupFacts, factsOfDump } from '../core/backup-facts.ts';
import { archiveIn, packingOf } from '../core/backup-format.ts';
import { readDump } from '../core/dump/read-dump.ts';
import { OperationError, reasonOf } from '../core/errors.ts';
import type { BackupStore, CompleteSet } from '../core/ports/store.ts';
import { unpacker } from './packing.ts';
import { buffersPassed, heldOfArchive } from './passed-buffers.ts';
import type { Run } from './run.ts';

/** A stored file to read; of an unverifiable set only these are known. */
export type StoredFile = Pick<CompleteSet, 'id' | 'dataFile'>;

export interface StoredData {
  /**
   * The plain SQL of a set, decompressed, or its archive as it is; where it cannot be read, that is said as
   * `backup-unverified`.
   */
  data: AsyncIterable<Buffer>;
  /** How many of the file's own bytes were taken. */
  taken(): number;
  /** The checksum of the file's own bytes, once all of it was read. */
  checksum(): string;
}

/** Opens the data of a set; the bytes are hashed as they pass, because a file may change after it was checked. */
export async function openData(store: BackupStore, set: StoredFile, { signal }: Run): Promise<StoredData> {
  const file = await store.open(set as CompleteSet);
  const hash = createHash('sha256');
  let bytes = 0;
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  // Not by compose(): an error at the end of the input, as of cut gzip, is thrown at the process by it, and its
  // reader waits for ever (Node 24). What goes wrong before anybody reads is told to the reader, too.
  const packing = packingOf(set.dataFile);
  const decoder = packing === null ? undefined : unpacker(packing);
  const plain =
    decoder === undefined ? pipeline(file, hashing, () => {}) : pipeline(file, hashing, decoder, () => {});
  addAbortSignal(signal, plain);
  async function* whole(): AsyncGenerator<Buffer> {
    yield* legible(plain, set, signal, archiveIn(set.dataFile) === null ? 1 : heldOfArchive);
    if (decoder !== undefined && decoder.bytesWritten !== bytes)
      throw damaged(set.id, 'something stands behind the end of its compressed data');
  }
  return { data: whole(), taken: () => bytes, checksum: () => `sha256:${hash.digest('hex')}` };
}

async function* legible(
  plain: Readable,
  { id }: StoredFile,
  signal: AbortSignal,
  held = 1,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of plain) {
      yield chunk;
      buffersPassed(chunk.length * held);
    }
  } catch (error) {
    signal.throwIfAborted();
    const zlib = error instanceof Error && 'code' in error && /^(Z_|ZSTD_)/.test(String(error.code));
    throw damaged(
      id,
      zlib ? 'its compressed data is damaged' : `it cannot be read: ${reasonOf(error)}`,
      error,
    );
  }
}

/** The checksum of a set's file as it lies there, packed or not: whether it is still the one that was published. */
export async function fileChecksum(store: BackupStore, set: CompleteSet, run: Run): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of legible(await store.open(set), set, run.signal)) {
    run.signal.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.length;
    run.onProgress({ phase: 'Checking', bytes, expectedBytes: set.manifest.size_bytes });
  }
  return `sha256:${hash.digest('hex')}`;
}

export interface Examination {
  checksum: string;
  facts: BackupFacts;
}

/** Reads a set through: its checksum, its completeness, its rows, and whether it holds what no dump may. */
export async function examine(
  store: BackupStore,
  set: StoredFile,
  run: Run,
  expectedBytes: number,
): Promise<Examination> {
  const { data, taken, checksum } = await openData(store, set, run);
  const packed = packingOf(set.dataFile) !== null;
  const seen = ({ bytes, rows }: { bytes: number; rows: number }): void => {
    run.signal.throwIfAborted();
    const far = packed ? { share: taken() / expectedBytes } : { expectedBytes };
    run.onProgress({ phase: 'Checking', bytes, rows, ...far });
  };
  const archive = archiveIn(set.dataFile);
  if (archive === null) return { facts: await readPlain(data, seen), checksum: checksum() };
  const { readArchive } = await import('../core/archive/read-archive.ts'); // for who has one
  const facts = await readArchive(archive, data, seen);
  return { checksum: checksum(), facts };
}

async function readPlain(
  plain: AsyncIterable<Buffer>,
  seen: (reader: { bytes: number; rows: number }) => void,
): Promise<BackupFacts> {
  const reader = readDump();
  for await (const chunk of plain) {
    reader.write(chunk);
    seen(reader);
  }
  return factsOfDump(reader.end());
}

/** @throws OperationError `backup-unverified` where the set is not, byte for byte, what was published. */
export function proveExamined(set: CompleteSet, { checksum, facts }: Examination): void {
  const { manifest } = set;
  if (checksum !== manifest.checksum) {
    throw damaged(set.id, `its checksum is ${checksum} where the metadata says ${manifest.checksum}`);
  }
  if (!facts.complete) throw damaged(set.id, `it is incomplete: ${facts.incompleteBecause}`);
  if (facts.rows !== manifest.total_records) {
    throw damaged(set.id, `it has ${facts.rows} rows where the metadata says ${manifest.total_records}`);
  }
}

/** Whether a set still is what was published, read from its first to its last byte. */
export async function isWhole(store: BackupStore, set: CompleteSet, run: Run): Promise<boolean> {
  return provesTrue(async () => {
    proveExamined(set, await examine(store, set, run, set.manifest.size_bytes));
    return true;
  });
}

/** What cannot be verified is not true; any other failure is told. */
export async function provesTrue(prove: () => Promise<boolean>): Promise<boolean> {
  try {
    return await prove();
  } catch (error) {
    if (error instanceof OperationError && error.code === 'backup-unverified') return false;
    throw error;
  }
}

/**
 * @throws OperationError `refused` where the set holds what pg_dump never writes and psql or pg_restore would run: commands
 * of psql's own, programs, other databases (FAULTS F40). Told before any of it is sent anywhere.
 */
export function refuseForbidden(set: { id: string }, { facts }: Examination): void {
  if (facts.forbidden === null) return;
  const { place, what } = facts.forbidden;
  throw new OperationError('refused', `The backup ${set.id} is refused: ${place} holds ${what}.`, {
    hint: 'No dump of a database needs that. Look at the file; nothing of it was run.',
  });
}

export function damaged(id: string, because: string, cause?: unknown): OperationError {
  return new OperationError('backup-unverified', `The backup ${id} does not verify: ${because}.`, {
    hint: 'Use another one (npm run backup:list). Nothing was changed.',
    cause,
  });
}
