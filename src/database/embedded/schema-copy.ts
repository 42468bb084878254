import { splitStatements } from '../../core/dump/statements.ts';
import type { TableName } from '../../core/ports/target.ts';
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
  const options = { signal, extensions: [], withoutOwners: false };
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

const populatedViews = `
  SELECT coalesce(jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', c.relname)
    ORDER BY n.nspname, c.relname), '[]')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND c.relispopulated`;

/** Fills the views that were filled, each after those that it reads. */
async function refreshViews(from: Cluster, to: Cluster, signal: AbortSignal): Promise<void> {
  let pending = await from.json<TableName[]>(populatedViews);
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
  const missing = firstOnlyIn(liveStatements, shadowStatements);
  if (missing !== undefined) return `the live database has, and the shadow lacks: ${headOf(missing)}`;
  const extra = firstOnlyIn(shadowStatements, liveStatements);
  return extra === undefined ? null : `the shadow has, and the live database lacks: ${headOf(extra)}`;
}

async function describeSchema(cluster: Cluster): Promise<string[]> {
  const statements = splitStatements(await dumpText(cluster, ['--schema-only']));
  const views = await cluster.json<TableName[]>(populatedViews);
  return [...statements, ...views.map((view) => `POPULATED MATERIALIZED VIEW ${qualified(view)}`)];
}

function firstOnlyIn(some: readonly string[], others: readonly string[]): string | undefined {
  const left = new Map<string, number>();
  for (const statement of others) left.set(statement, (left.get(statement) ?? 0) + 1);
  return some.find((statement) => {
    const count = left.get(statement) ?? 0;
    left.set(statement, count - 1);
    return count === 0;
  });
}

function headOf(statement: string): string {
  const line = statement.replaceAll(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 117)}…` : line;
}
