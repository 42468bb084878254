import { type BackupFacts, factsOfDump } from '../core/backup-facts.ts';
import { archiveAs, backupFormats } from '../core/backup-format.ts';
import { readDump } from '../core/dump/read-dump.ts';
import { OperationError } from '../core/errors.ts';
import type { Dump } from '../core/ports/shadow.ts';
import type { PendingFile } from '../core/ports/store.ts';
import type { Connection } from '../core/ports/target.ts';
import { packedAs } from './arriving-dump.ts';
import type { Followed } from './follow.ts';
import type { Length } from './foreseen-length.ts';
import { buffersPassed, heldOfArchive } from './passed-buffers.ts';
import type { Policy } from './run.ts';

interface WrittenDump {
  written: Awaited<ReturnType<PendingFile['write']>>;
  facts: BackupFacts;
}

/**
 * Dumps the live database into a file, read and counted on its way. Whatever keeps the dump from being read to its
 * end, a full disk for instance, ends the dump as well.
 *
 * @param length How long it may become, for the progress.
 * @param course Its steps: one that lies at the server before it comes is dumped, then received.
 */
export async function writeDump(
  connection: Connection,
  policy: Policy,
  pending: PendingFile,
  length: Length,
  course: Followed<'dump' | 'receive'>,
): Promise<WrittenDump> {
  const giveUp = new AbortController();
  const dumping = course.step('dump');
  const coming = length.wholeFirst ? course.step('receive') : dumping;
  const phase = length.wholeFirst ? 'Receiving' : 'Dumping';
  const signal = AbortSignal.any([dumping.signal, giveUp.signal]);
  let stored = 0;
  const far = () =>
    length.stored === undefined
      ? { expectedBytes: length.plain }
      : { share: Math.min(1, stored / Math.max(1, length.stored)) };
  async function* counted(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of bytes) {
      stored += chunk.length;
      yield chunk;
    }
  }
  let passed = 0;
  const held = archiveAs(policy.format) === null ? 1 : heldOfArchive;
  const seen = (bytes: number, rows: number): void => {
    if (policy.maxBytes !== undefined && bytes > policy.maxBytes) throw tooLarge(policy.maxBytes);
    buffersPassed((bytes - passed) * held);
    passed = bytes;
    coming.onProgress({ phase, bytes, rows, ...far() });
  };
  const grown = (bytes: number): void => {
    if (passed === 0)
      dumping.onProgress({ phase: 'Dumping', bytes, expectedBytes: length.stored ?? length.plain });
  };
  try {
    const dump = connection.dump(signal, policy, grown);
    if (length.wholeFirst) dumping.onProgress({ phase: 'Dumping' }); // long before its first byte
    const arriving = await arrivingAs(policy, dump, seen);
    const written = await pending.write(counted(arriving.bytes), signal);
    await dump.finished;
    const facts = await arriving.facts();
    if (facts.complete) return { written, facts };
    throw new OperationError('dump-failed', `The dump is incomplete: ${facts.incompleteBecause}.`, {
      hint: 'Nothing was published; earlier backups are as they were. Try again.',
    });
  } catch (error) {
    giveUp.abort(error);
    throw error;
  }
}

interface Arriving {
  /** As they are stored. */
  bytes: AsyncIterable<Buffer>;
  /** What they turned out to be, once all of them were taken. */
  facts(): Promise<BackupFacts>;
}

/** @param seen is told how far it is: bytes of plain SQL unpacked, those of an archive as they are */
async function arrivingAs(
  { format }: Pick<Policy, 'format'>,
  dump: Dump,
  seen: (bytes: number, rows: number) => void,
): Promise<Arriving> {
  const archive = archiveAs(format);
  if (archive !== null) {
    const { archiveBeside } = await import('./archive-beside.ts'); // for who wants one
    return archiveBeside(archive, dump.stream, ({ bytes, rows }) => seen(bytes, rows));
  }
  const reader = readDump();
  const read = (plain: Buffer): void => {
    reader.write(plain);
    seen(reader.bytes, reader.rows);
  };
  return {
    bytes: packedAs(backupFormats[format].packing, dump, read),
    facts: async () => factsOfDump(reader.end()),
  };
}

function tooLarge(maxBytes: number): OperationError {
  return new OperationError(
    'refused',
    `The backup grows beyond ${maxBytes / 1_000_000} MB (BACKUP_MAX_SIZE_MB).`,
    {
      hint: 'Raise BACKUP_MAX_SIZE_MB, or take it out. Nothing was published.',
    },
  );
}
