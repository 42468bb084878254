import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import { type DumpFacts, readDump } from '../core/dump/read-dump.ts';
import { OperationError } from '../core/errors.ts';
import type { PendingFile } from '../core/ports/store.ts';
import type { Connection, Dump } from '../core/ports/target.ts';
import type { Policy, Run } from './run.ts';

const chunkSize = 1024 * 1024;

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
    const dump = connection.dump(signal);
    return await writeUntilEnd(dump, policy, pending, expectedBytes, { ...run, signal });
  } catch (error) {
    giveUp.abort(error);
    throw error;
  }
}

async function writeUntilEnd(
  dump: Dump,
  policy: Policy,
  pending: PendingFile,
  expectedBytes: number | undefined,
  { signal, onProgress }: Run,
): Promise<WrittenDump> {
  const reader = readDump();
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of dump.stream) {
      reader.write(chunk);
      if (policy.maxBytes !== undefined && reader.bytes > policy.maxBytes) throw tooLarge(policy.maxBytes);
      const { bytes, rows } = reader;
      const expected = expectedBytes === undefined ? {} : { expectedBytes };
      onProgress({ phase: 'Dumping', bytes, rows, ...expected });
      yield chunk;
    }
    await dump.finished;
  }
  const source = policy.compress
    ? pipeline(counted(), createGzip({ level: 1, chunkSize }), () => {})
    : counted();
  const written = await pending.write(source, signal);
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
