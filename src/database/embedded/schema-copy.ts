import { schemaDifferenceOf } from '../../core/dump/schema-difference.ts';
import { splitStatements } from '../../core/dump/statements.ts';
import type { TableName } from '../../core/ports/database-facts.ts';
import { populatedViewsQuery } from '../postgres/facts-query.ts';
import { qualified } from '../postgres/rows-query.ts';
import type { Cluster } from './cluster.ts';
import { dumpText } from './dump.ts';
import { loadDump } from './load.ts';

const publicSchema = `SELECT to_jsonb(EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 'public'))`;

/** Makes an empty database what another is without its data, but for the rows of `keep` and populated views. */
export async function copySchema(
  from: Cluster,
  to: Cluster,
  keep: readonly TableName[],
  signal: AbortSignal,
): Promise<void> {
  const options = { signal, extensions: [], withoutOwners: false, withoutPolicies: false };
  if (!(await from.json<boolean>(publicSchema))) await to.run('DROP SCHEMA public');
  await loadDump(to, pieceOf(await dumpText(from, ['--schema-only'])), options);
  if (keep.length > 0) {
    const rows = await dumpText(from, [
      '--data-only',
      '--strict-names',
      ...keep.map((table) => `--table=${pattern(table)}`),
    ]);
    await loadDump(to, pieceOf(rows), options);
  }
  await refreshViews(from, to, signal);
}

async function* pieceOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** A table as a pattern of pg_dump's that matches it alone. */
function pattern({ schema, name }: TableName): string {
  return [schema, name].map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}

/** Fills the views that were filled, each after those that it reads. */
async function refreshViews(from: Cluster, to: Cluster, signal: AbortSignal): Promise<void> {
  let pending = await from.json<TableName[]>(populatedViewsQuery);
  while (pending.length > 0) {
    const failed: { view: TableName; error: unknown }[] = [];
    for (const view of pending) {
      signal.throwIfAborted();
      try {
        await to.run(`REFRESH MATERIALIZED VIEW ${qualified(view)}`);
      } catch (error) {
        failed.push({ view, error });
      }
    }
    if (failed.length === pending.length) throw failed[0]?.error;
    pending = failed.map(({ view }) => view);
  }
}

/**
 * How two schemas differ, in words; null where they do not. The measure is pg_dump's own account of both, as a
 * set of statements: their order may depend on oids.
 */
export async function schemaDifference(live: Cluster, shadow: Cluster): Promise<string | null> {
  const [liveStatements, shadowStatements] = [await describeSchema(live), await describeSchema(shadow)];
  return schemaDifferenceOf(liveStatements, shadowStatements);
}

async function describeSchema(cluster: Cluster): Promise<string[]> {
  const statements = splitStatements(await dumpText(cluster, ['--schema-only']));
  const views = await cluster.json<TableName[]>(populatedViewsQuery);
  return [...statements, ...views.map((view) => `POPULATED MATERIALIZED VIEW ${qualified(view)}`)];
}
