import { Kind } from '../../core/dump/elements.ts';
import { walkDump } from '../../core/dump/walk.ts';
import { OperationError, reasonOf } from '../../core/errors.ts';
import type { TableName } from '../../core/ports/database-facts.ts';
import type { Dump } from '../../core/ports/shadow.ts';
import { qualified } from '../postgres/rows-query.ts';
import type { Cluster } from './cluster.ts';
import { countTables } from './count-tables.ts';
import { guardedSource } from './dump-guard.ts';

/** What pg_dump leaves to the session; pinned, equal data gives an equal dump. */
const canonicalSettings = `SET search_path = pg_catalog; SET TimeZone = 'UTC'; SET bytea_output = 'hex'; SET lc_monetary = 'C'`;

const piece = 1024 * 1024;

/** A plain dump of a whole database as SPEC 3 wants it. It is made in memory and then handed out piece by piece. */
export function startDump(cluster: Promise<Cluster>, signal: AbortSignal): Dump {
  const whole = cluster.then(wholeDump);
  async function* pieces(): AsyncGenerator<Buffer> {
    const bytes = await whole;
    for (let at = 0; at < bytes.length; at += piece) {
      signal.throwIfAborted();
      yield bytes.subarray(at, at + piece);
    }
  }
  const finished = whole.then(() => signal.throwIfAborted());
  finished.catch(() => {}); // it is awaited after the stream; until then a rejection is not unhandled
  return { stream: pieces(), finished };
}

async function wholeDump(cluster: Cluster): Promise<Buffer> {
  const tables = await countTables(cluster);
  const dump = await dumpText(cluster, ['--clean', '--if-exists']);
  return withEmptyTables(
    dump,
    tables.filter(({ rows }) => rows === 0),
  );
}

/** Runs pg_dump; the session is as new afterwards. */
export async function dumpText(cluster: Cluster, args: string[]): Promise<Buffer> {
  const { pgDump } = await import('@electric-sql/pglite-tools/pg_dump');
  const source = guardedSource(cluster.pg);
  await cluster.execute(canonicalSettings);
  let text: string;
  try {
    text = await (await pgDump({ pg: source.pg, args })).text();
  } catch (error) {
    throw dumpFailed(`pg_dump failed: ${reasonOf(error).trim()}`, error);
  } finally {
    await cluster.execute('ROLLBACK');
    await cluster.execute('DISCARD ALL');
  }
  if (source.lostSomething()) {
    throw dumpFailed(
      'The database holds a line that begins with \\restrict, which the embedded pg_dump would leave out',
    );
  }
  return Buffer.from(text);
}

function dumpFailed(what: string, cause?: unknown): OperationError {
  return new OperationError('dump-failed', `${what}.`, {
    hint: 'Nothing was published; earlier backups are as they were.',
    cause,
  });
}

/**
 * The embedded pg_dump writes rows as INSERTs, so a table without rows would not be seen in the data at all:
 * each gets an empty COPY, as any other pg_dump writes it, before the data and so before any trigger.
 */
function withEmptyTables(dump: Buffer, tables: readonly TableName[]): Buffer {
  if (tables.length === 0) return dump;
  const at = startOfData(dump);
  const copies = tables.map((table) => `COPY ${qualified(table)} FROM stdin;\n\\.\n\n\n`).join('');
  return Buffer.concat([dump.subarray(0, at), Buffer.from(copies), dump.subarray(at)]);
}

const dataHeader = '-- Data for Name: ';

/** Where the comment above the first table's rows begins. Comments inside statements are none. */
function startOfData(dump: Buffer): number {
  let found = -1;
  const walk = walkDump({
    span(kind, bytes, from, to, _closed, statement) {
      if (found >= 0 || kind !== Kind.lineComment || statement !== null) return;
      if (bytes.toString('latin1', from, Math.min(to, from + dataHeader.length)) === dataHeader)
        found = walk.offset;
    },
    ended() {},
    copyData() {},
    copyEnd() {},
    through() {},
    trouble() {},
  });
  walk.write(dump);
  walk.end();
  if (found < 0) throw dumpFailed('pg_dump wrote no data section');
  return found - '--\n'.length;
}
