import { backupFormats, type Packing } from '../core/backup-format.ts';
import { type DumpFacts, readDump } from '../core/dump/read-dump.ts';
import { OperationError } from '../core/errors.ts';
import type { PendingFile } from '../core/ports/store.ts';
import type { Connection, Dump } from '../core/ports/target.ts';
import { packedAs } from './arriving-dump.ts';
import type { Policy, Run } from './run.ts';

interface WrittenDump {
  written: Awaited<ReturnType<PendingFile['write']>>;
  facts: DumpFacts;
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
  try {
    const { packing } = backupFormats[policy.format];
    const dump = connection.dump(signal, packing);
    return await writeUntilEnd(dump, packing, policy, pending, expectedBytes, { ...run, signal });
  } catch (error) {
    giveUp.abort(error);
    throw error;
  }
}

async function writeUntilEnd(
  dump: Dump,
  packing: Packing | null,
  policy: Policy,
  pending: PendingFile,
  expectedBytes: number | undefined,
  { signal, onProgress }: Run,
): Promise<WrittenDump> {
  const reader = readDump();
  const read = (plain: Buffer): void => {
    reader.write(plain);
    if (policy.maxBytes !== undefined && reader.bytes > policy.maxBytes) throw tooLarge(policy.maxBytes);
    const { bytes, rows } = reader;
    onProgress({ phase: 'Dumping', bytes, rows, ...(expectedBytes === undefined ? {} : { expectedBytes }) });
  };
  const written = await pending.write(packedAs(packing, dump, read), signal);
  await dump.finished;
  const facts = reader.end();
  if (!facts.complete) {
    throw new OperationError('dump-failed', `The dump is incomplete: ${facts.incompleteBecause}.`, {
      hint: 'Nothing was published; earlier backups are as they were. Try again.',
    });
  }
  return { written, facts };
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
