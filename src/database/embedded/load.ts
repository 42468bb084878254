import { cutDump } from '../../core/dump/cut-dump.ts';
import { reasonOf } from '../../core/errors.ts';
import type { LoadOptions } from '../../core/ports/shadow.ts';
import { loadFailure } from '../postgres/load-failure.ts';
import type { Cluster } from './cluster.ts';
import { type DumpPart, splitDump } from './dump-parts.ts';

/** Event triggers would fire on, and stop, the dump's own DDL (DESIGN, fact 13). */
const loadSettings = `SET event_triggers = off; SET client_min_messages = error; SET row_security = off; SET lc_monetary = 'C'`;

/** As much SQL as is run at once, in characters: one call for each of ten thousand INSERTs takes ten times as long. */
const batchLength = 256 * 1024;

export type LoadRequest = Omit<LoadOptions, 'schemas' | 'jobs'>;

/** Loads a plain dump without its DROP section into an empty database; the session is as new afterwards. */
export async function loadDump(
  cluster: Cluster,
  plain: AsyncIterable<Uint8Array>,
  { signal, ...cut }: LoadRequest,
): Promise<void> {
  const batch = batchRunner(cluster, signal);
  await cluster.execute(loadSettings);
  for await (const part of partsOf(plain, cut)) await batch.add(part);
  await batch.flush();
  await cluster.execute('ROLLBACK'); // of a transaction that the dump left open: none that pg_dump wrote
  await cluster.execute('DISCARD ALL');
}

async function* partsOf(
  plain: AsyncIterable<Uint8Array>,
  { extensions, withoutOwners, withoutPolicies }: Omit<LoadRequest, 'signal'>,
): AsyncGenerator<DumpPart> {
  const cut = cutDump({
    withoutOwners,
    withoutPolicies,
    extensionVersions: new Map(extensions.map(({ name, version }) => [name, version])),
  });
  const split = splitDump();
  for await (const chunk of plain) {
    for (const bytes of cut.write(chunk)) yield* split.write(bytes);
  }
  for (const bytes of cut.end()) yield* split.write(bytes);
  yield* split.end();
}

function batchRunner(cluster: Cluster, signal: AbortSignal) {
  let waiting: string[] = [];
  let length = 0;
  const run = async (sql: string, rows?: Buffer): Promise<void> => {
    signal.throwIfAborted();
    try {
      await cluster.execute(sql, rows);
    } catch (error) {
      throw loadFailure(reasonOf(error), error);
    }
  };
  const flush = async (): Promise<void> => {
    const sql = waiting.join('\n');
    waiting = [];
    length = 0;
    if (sql !== '') await run(sql);
  };
  return {
    flush,
    add: async (part: DumpPart): Promise<void> => {
      if (part.kind === 'rows') {
        await flush();
        await run(part.copy, part.rows);
        return;
      }
      waiting.push(part.sql);
      length += part.sql.length;
      if (length >= batchLength) await flush();
    },
  };
}
