import { splitStatements } from '../../core/dump/statements.ts';
import { OperationError } from '../../core/errors.ts';
import { quoteIdentifier } from '../../core/identifiers.ts';
import type { DatabaseFacts, TableName } from '../../core/ports/target.ts';
import { runProcess } from '../../process/process.ts';
import type { Client } from './client.ts';
import { schemaDump, startDump } from './dump.ts';
import { cutting, feedPsql, loadSettings } from './load.ts';
import { readJson } from './read.ts';
import { qualified } from './rows-query.ts';
import { toolError } from './server-error.ts';

interface SchemaCopy {
  client: Client;
  server: { version: string; superuser: boolean };
  live: DatabaseFacts;
  shadow: string;
  signal: AbortSignal;
}

/**
 * Makes the shadow what the live database is without its data. `pg_dump --schema-only` alone leaves out the
 * extensions' versions, the rows of their configuration tables, and whether a view was populated (DESIGN).
 */
export async function copySchema(copy: SchemaCopy, keep: readonly TableName[]): Promise<void> {
  const { client, live, signal } = copy;
  const dump = startDump(client, live.name, schemaDump, signal);
  const psql = client.psql(copy.shadow, ['--file', '-'], loadSettings(copy.server));
  await dropPublicUnlessThere(copy);
  await feedPsql(client, psql, cutting(dump.stream, live.extensions, { keepRestrict: false }), signal);
  await dump.finished;

  if (keep.length > 0) {
    const tables = keep.map((table) => `--table=${pattern(table)}`);
    const rows = startDump(client, live.name, ['--data-only', '--strict-names', ...tables], signal);
    await feedPsql(client, psql, cutting(rows.stream, [], { keepRestrict: false }), signal);
    await rows.finished;
  }
  for (const table of await configurationTables(client, live.name)) await copyRows(copy, table);
  await refreshViews(copy);
}

/** template0 brings a `public` schema; no dump carries that the user dropped it. */
async function dropPublicUnlessThere({ client, live, shadow }: SchemaCopy): Promise<void> {
  if (live.schemas.includes('public')) return;
  await command(client, shadow, 'DROP SCHEMA public', '');
}

/** A table as a pattern of pg_dump's that matches it alone. */
function pattern({ schema, name }: TableName): string {
  const quote = (part: string): string => `"${part.replaceAll('"', '""')}"`;
  return `${quote(schema)}.${quote(name)}`;
}

interface ConfigurationTable extends TableName {
  columns: string[];
  condition: string;
}

/** Tables of extensions that hold the user's settings, with the condition that tells whose rows those are. */
function configurationTables(client: Client, database: string): Promise<ConfigurationTable[]> {
  return readJson(
    client,
    database,
    `SELECT coalesce(jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', c.relname, 'condition', x.condition,
       'columns', (SELECT coalesce(jsonb_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''))), '[]')
     FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS x(oid, condition)
     JOIN pg_class c ON c.oid = x.oid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'`,
  );
}

async function copyRows({ client, live, shadow, server, signal }: SchemaCopy, table: ConfigurationTable) {
  const columns = table.columns.map(quoteIdentifier).join(', ');
  const out = `COPY (SELECT ${columns} FROM ONLY ${qualified(table)} ${table.condition}) TO STDOUT`;
  const source = client.launcher.start(client.psql(live.name, ['--command', out]));
  source.stdin.end();
  const into = `COPY ${qualified(table)} (${columns}) FROM STDIN`;
  const target = client.psql(shadow, ['--command', into], loadSettings(server));
  await feedPsql(client, target, source.stdout as AsyncIterable<Uint8Array>, signal);
  const ended = await source.ended;
  if (ended.exitCode !== 0) throw await toolError(client.launcher, ended, 'Reading an extension table');
}

const populatedViews = `
  SELECT coalesce(jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', c.relname)
    ORDER BY n.nspname, c.relname), '[]')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND c.relispopulated`;

/** Fills the views that were filled, each after those that it reads. */
async function refreshViews({ client, live, shadow, server }: SchemaCopy): Promise<void> {
  let pending = await readJson<TableName[]>(client, live.name, populatedViews);
  while (pending.length > 0) {
    const failed: { view: TableName; error: unknown }[] = [];
    for (const view of pending) {
      try {
        await command(client, shadow, `REFRESH MATERIALIZED VIEW ${qualified(view)}`, loadSettings(server));
      } catch (error) {
        failed.push({ view, error });
      }
    }
    if (failed.length === pending.length) throw failed[0]?.error;
    pending = failed.map(({ view }) => view);
  }
}

async function command(client: Client, database: string, sql: string, settings: string): Promise<void> {
  const result = await runProcess(client.launcher.start, client.psql(database, ['--command', sql], settings));
  if (result.exitCode !== 0) throw await toolError(client.launcher, result, 'Building the shadow');
}

/**
 * How the shadow's schema differs from the live one's, in words; null where it does not. The measure is
 * pg_dump's own account of both, as a set of statements: their order may depend on oids.
 */
export async function schemaDifference(copy: SchemaCopy): Promise<string | null> {
  const [live, shadow] = await Promise.all(
    [copy.live.name, copy.shadow].map((database) => describeSchema(copy, database)),
  );
  if (live === undefined || shadow === undefined)
    throw new OperationError('failed', 'No schema could be read.');
  const only = (a: string[], b: string[]): string | undefined => {
    const counts = new Map<string, number>();
    for (const statement of b) counts.set(statement, (counts.get(statement) ?? 0) + 1);
    return a.find((statement) => {
      const left = counts.get(statement) ?? 0;
      counts.set(statement, left - 1);
      return left === 0;
    });
  };
  const missing = only(live, shadow);
  if (missing !== undefined) return `the live database has, and the shadow lacks: ${headOf(missing)}`;
  const extra = only(shadow, live);
  return extra === undefined ? null : `the shadow has, and the live database lacks: ${headOf(extra)}`;
}

async function describeSchema(copy: SchemaCopy, database: string): Promise<string[]> {
  const dump = startDump(copy.client, database, schemaDump, copy.signal);
  const [chunks, extensions, views] = await Promise.all([
    dump.stream.toArray() as Promise<Buffer[]>,
    readJson<string[]>(
      copy.client,
      database,
      `SELECT coalesce(jsonb_agg(format('EXTENSION %I VERSION %L', extname, extversion)), '[]') FROM pg_extension`,
    ),
    readJson<TableName[]>(copy.client, database, populatedViews),
  ]);
  await dump.finished;
  const populated = views.map((view) => `POPULATED MATERIALIZED VIEW ${qualified(view)}`);
  return [...splitStatements(Buffer.concat(chunks)), ...extensions, ...populated];
}

function headOf(statement: string): string {
  const line = statement.replaceAll(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 117)}…` : line;
}
