import { quoteIdentifier, quoteLiteral } from '../../core/identifiers.ts';
import type { TableName } from '../../core/ports/target.ts';
import { runProcess } from '../../process/process.ts';
import type { SchemaCopy } from './copy.ts';
import { feedPsql, loadSettings } from './load.ts';
import { readJson } from './read.ts';
import { qualified } from './rows-query.ts';
import { toolError } from './server-error.ts';

interface Configuration extends TableName {
  kind: 'r' | 'S';
  columns: string[];
  /** Tells the user's rows from those that the extension brings itself. */
  condition: string;
}

/** As pg_dump reads: no setting of the database changes how a value looks. */
export const exactText =
  '-c DateStyle=ISO -c IntervalStyle=postgres -c extra_float_digits=3 -c bytea_output=hex -c search_path=';

/** Tables and sequences that extensions mark as the user's settings. */
const configurationQuery = `
  SELECT coalesce(jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
    'condition', coalesce(x.condition, ''),
    'columns', (SELECT coalesce(jsonb_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''))), '[]')
  FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS x(oid, condition)
  JOIN pg_class c ON c.oid = x.oid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'S')`;

/** Copies the user's rows of the extensions' configuration tables, and where their sequences stand. */
export async function copyConfiguration(copy: SchemaCopy): Promise<void> {
  const all = await readJson<Configuration[]>(copy.client, copy.live.name, configurationQuery);
  for (const one of all) await (one.kind === 'S' ? copySequence(copy, one) : copyRows(copy, one));
}

async function copyRows({ client, live, shadow, server, signal }: SchemaCopy, table: Configuration) {
  const columns = table.columns.map(quoteIdentifier).join(', ');
  const out = `COPY (SELECT ${columns} FROM ONLY ${qualified(table)} ${table.condition}) TO STDOUT`;
  const source = client.launcher.start(client.psql(live.name, ['--command', out], exactText));
  source.stdin.end();
  const into = `COPY ${qualified(table)} (${columns}) FROM STDIN`;
  const target = client.psql(shadow, ['--command', into], `${loadSettings(server)} ${exactText}`);
  await feedPsql(client, target, source.stdout as AsyncIterable<Uint8Array>, signal);
  const ended = await source.ended;
  if (ended.exitCode !== 0) throw await toolError(client.launcher, ended, 'Reading an extension table');
}

async function copySequence({ client, live, shadow, server, signal }: SchemaCopy, sequence: Configuration) {
  const { last_value, is_called } = await readJson<{ last_value: string; is_called: boolean }>(
    client,
    live.name,
    `SELECT jsonb_build_object('last_value', last_value::text, 'is_called', is_called) FROM ${qualified(sequence)}`,
  );
  const set = `SELECT setval(${quoteLiteral(qualified(sequence))}, ${last_value}, ${is_called});`;
  const psql = client.psql(shadow, ['--command', set], loadSettings(server));
  const result = await runProcess(client.launcher.start, psql, { signal });
  if (result.exitCode !== 0) throw await toolError(client.launcher, result, 'Setting an extension sequence');
}
