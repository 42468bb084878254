import { randomBytes } from 'node:crypto';
import { quoteIdentifier, quoteLiteral } from '../../core/identifiers.ts';
import type { TableName } from '../../core/ports/database-facts.ts';
import { runProcess } from '../../process/process.ts';
import { cutShort } from './answer.ts';
import type { Client } from './client.ts';
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

/** The marked tables and sequences of a database. */
export function configurationOf(client: Client, database: string): Promise<Configuration[]> {
  return readJson<Configuration[]>(client, database, configurationQuery);
}

/** Copies the user's rows of the extensions' configuration tables, and where their sequences stand. */
export async function copyConfiguration(copy: SchemaCopy): Promise<void> {
  const all = await configurationOf(copy.client, copy.live.name);
  for (const one of all) await (one.kind === 'S' ? copySequence(copy, one) : copyRows(copy, one));
}

async function copyRows({ client, live, shadow, server, signal }: SchemaCopy, table: Configuration) {
  const columns = table.columns.map(quoteIdentifier).join(', ');
  const out = `COPY (SELECT ${columns} FROM ONLY ${qualified(table)} ${table.condition}) TO STDOUT`;
  const target = client.psql(shadow, ['--file', '-'], `${loadSettings(server)} ${exactText}`);
  async function* rows(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`COPY ${qualified(table)} (${columns}) FROM stdin;\n`);
    yield* wholeOutput(client, live.name, out);
    yield Buffer.from('\\.\n');
  }
  await feedPsql(client, target, rows(), signal);
}

/** Its exit code does not say that all was heard (DESIGN, fact 2): the last line does, which is left out. */
async function* wholeOutput(client: Client, database: string, query: string): AsyncGenerator<Uint8Array> {
  const end = Buffer.from(`the end ${randomBytes(8).toString('hex')}\n`);
  const last = `SELECT '${end.toString().trim()}'`;
  const source = client.launcher.start(
    client.psql(database, ['--command', query, '--command', last], exactText),
  );
  source.stdin.end();
  let held = Buffer.alloc(0);
  for await (const chunk of source.stdout as AsyncIterable<Buffer>) {
    held = Buffer.concat([held, chunk]);
    const sure = Math.max(0, held.length - end.length);
    yield held.subarray(0, sure);
    held = held.subarray(sure);
  }
  const ended = await source.ended;
  if (ended.exitCode !== 0) throw await toolError(client.launcher, ended, 'Reading an extension table');
  if (!held.equals(end)) throw cutShort(`${held.length} bytes where the end was to come`);
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
