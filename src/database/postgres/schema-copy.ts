import { splitStatements } from '../../core/dump/statements.ts';
import type { TableName } from '../../core/ports/database-facts.ts';
import { copyConfiguration } from './configuration-rows.ts';
import type { SchemaCopy } from './copy.ts';
import { schemaDump, startDump } from './dump.ts';
import { populatedViewsQuery } from './facts-query.ts';
import { cutting, feedPsql, loadSettings, restricted } from './load.ts';
import { readJson, runSql } from './read.ts';
import { qualified } from './rows-query.ts';

/**
 * Makes the shadow what the live database is without its data. `pg_dump --schema-only` alone leaves out the
 * extensions' versions, the rows of their configuration tables, and whether a view was populated (DESIGN).
 */
export async function copySchema(copy: SchemaCopy, keep: readonly TableName[]): Promise<void> {
  const { client, live, signal } = copy;
  await dropPublicUnlessThere(copy);
  const psql = client.psql(copy.shadow, ['--file', '-'], loadSettings(copy.server));
  const schema = cutting(dumpOfLive(copy, schemaDump), live.extensions);
  await feedPsql(client, psql, restricted(schema, copy.server.version), signal);

  if (keep.length > 0) {
    const tables = keep.map((table) => `--table=${pattern(table)}`);
    const rowsOf = { args: ['--data-only', '--strict-names', ...tables] };
    const kept = cutting(dumpOfLive(copy, rowsOf), []);
    await feedPsql(client, quietPsql(copy), restricted(kept, copy.server.version), signal);
  }
  await copyConfiguration(copy);
  await refreshViews(copy);
}

/** Begun when it is read: nobody has to end one that nobody reads. Of one that fails, nothing is loaded as if it were whole. */
async function* dumpOfLive(
  { client, live, signal }: SchemaCopy,
  content: Parameters<typeof startDump>[2],
): AsyncGenerator<Buffer> {
  const dump = startDump(client, live.name, content, signal);
  yield* dump.stream;
  await dump.finished;
}

/** A psql in the shadow whose rows set off no trigger of the user's, where the server lets us switch them off. */
function quietPsql({ client, server, shadow }: SchemaCopy) {
  const quiet = server.superuser ? '-c session_replication_role=replica ' : '';
  return client.psql(shadow, ['--file', '-'], quiet + loadSettings(server));
}

/** template0 brings a `public` schema; no dump carries that the user dropped it. */
async function dropPublicUnlessThere({ client, live, shadow }: SchemaCopy): Promise<void> {
  if (live.schemas.includes('public')) return;
  await runSql(client, shadow, 'DROP SCHEMA public', '', 'Building the shadow');
}

/** A table as a pattern of pg_dump's that matches it alone. */
function pattern({ schema, name }: TableName): string {
  const quote = (part: string): string => `"${part.replaceAll('"', '""')}"`;
  return `${quote(schema)}.${quote(name)}`;
}

/** Fills the views that were filled, each after those that it reads. */
async function refreshViews({ client, live, shadow, server }: SchemaCopy): Promise<void> {
  let pending = await readJson<TableName[]>(client, live.name, populatedViewsQuery);
  while (pending.length > 0) {
    const failed: { view: TableName; error: unknown }[] = [];
    for (const view of pending) {
      try {
        const refresh = `REFRESH MATERIALIZED VIEW ${qualified(view)}`;
        await runSql(client, shadow, refresh, loadSettings(server), 'Building the shadow');
      } catch (error) {
        failed.push({ view, error });
      }
    }
    if (failed.length === pending.length) throw failed[0]?.error;
    pending = failed.map(({ view }) => view);
  }
}

/**
 * What the schema of a database is, to be compared with another's (`schemaDifferenceOf`): pg_dump's own account of it, and
 * what that leaves out.
 */
export async function describeSchema(
  copy: Pick<SchemaCopy, 'client' | 'signal'>,
  database: string,
): Promise<readonly string[]> {
  const dump = startDump(copy.client, database, schemaDump, copy.signal);
  const [chunks, extensions, views] = await Promise.all([
    Array.fromAsync(dump.stream),
    readJson<string[]>(
      copy.client,
      database,
      `SELECT coalesce(jsonb_agg(format('EXTENSION %I VERSION %L', extname, extversion)), '[]') FROM pg_extension`,
    ),
    readJson<TableName[]>(copy.client, database, populatedViewsQuery),
  ]);
  await dump.finished;
  const populated = views.map((view) => `POPULATED MATERIALIZED VIEW ${qualified(view)}`);
  return [...splitStatements(Buffer.concat(chunks)), ...extensions, ...populated];
}
