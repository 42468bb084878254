import { type BackupFacts, factsOfDump } from '../core/backup-facts.ts';
import { archiveAs, backupFormats } from '../core/backup-format.ts';
import { readDump } from '../core/dump/read-dump.ts';
import { OperationError } from '../core/errors.ts';
import type { PendingFile } from '../core/ports/store.ts';
import type { Connection, Dump } from '../core/ports/target.ts';
import { packedAs } from './arriving-dump.ts';
import type { Policy, Run } from './run.ts';

interface WrittenDump {
  written: Awaited<ReturnType<PendingFile['write']>>;
  facts: BackupFacts;
}

/**
 * Dumps the live database into a file, read and counted on its way. Whatever keeps the dump from being read to its
 * end, a full disk for instance, ends the dump as well.
 *
 * @param expectedBytes How long the plain dump may become, for the progress.
 */
export async function writeDump(
  connection: Connection,
  policy: Policy,
  pending: PendingFile,
  expectedBytes: number | undefined,
  run: Run,
): Promise<WrittenDump> {
  const giveUp = new AbortController();
  const signal = AbortSignal.any([run.signal, giveUp.signal]);
  const seen = (bytes: number, rows: number): void => {
    if (policy.maxBytes !== undefined && bytes > policy.maxBytes) throw tooLarge(policy.maxBytes);
    const expected = expectedBytes === undefined ? {} : { expectedBytes };
    run.onProgress({ phase: 'Dumping', bytes, rows, ...expected });
  };
  try {
    const dump = connection.dump(signal, policy);
    const arriving = await arrivingAs(policy, dump, seen);
    const written = await pending.write(arriving.bytes, signal);
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
