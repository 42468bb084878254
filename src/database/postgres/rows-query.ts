import { quoteIdentifier, quoteLiteral } from '../../core/identifiers.ts';
import type { CountedTable, TableFacts, TableName, TableRows } from '../../core/ports/target.ts';
import type { Client } from './client.ts';
import { tablesQuery } from './facts-query.ts';
import { readJson } from './read.ts';

/** A table, and for a configuration table of an extension the condition that tells the user's rows. */
interface Countable extends TableName {
  condition?: string | null;
}

/** How many tables are counted at once: each is locked, with its indexes, until the answer is there. */
const batch = 500;

/**
 * Counts the rows of some tables in one statement. The rows that an extension brings itself are not counted:
 * no dump has them, and they come back with the extension.
 */
export function exactRowsQuery(tables: readonly Countable[]): string {
  if (tables.length === 0) return `SELECT '[]'::jsonb`;
  const counts = tables.map(
    (table) =>
      `SELECT ${quoteLiteral(table.schema)} AS s, ${quoteLiteral(table.name)} AS n, count(*) AS c FROM ONLY ${qualified(table)} ${table.condition ?? ''}`,
  );
  return `SELECT jsonb_agg(jsonb_build_object('schema', x.s, 'name', x.n, 'rows', x.c)) FROM (${counts.join(' UNION ALL ')}) x`;
}

/** Counts the rows of tables a batch at a time: the locks of thousands do not fit into the server's memory. */
export async function countRows(
  client: Client,
  database: string,
  tables: readonly Countable[],
  settings: string,
): Promise<TableRows[]> {
  const rows: TableRows[] = [];
  for (let at = 0; at < tables.length; at += batch) {
    const query = exactRowsQuery(tables.slice(at, at + batch));
    rows.push(...(await readJson<TableRows[]>(client, database, query, settings)));
  }
  return rows;
}

/** Reads the tables of a database and counts each. */
export async function countTables(
  client: Client,
  database: string,
  settings: string,
): Promise<CountedTable[]> {
  const tables = await readJson<(TableFacts & Countable)[]>(client, database, tablesQuery, settings);
  const rows = await countRows(client, database, tables, settings);
  const counts = new Map(rows.map((table) => [keyOf(table), table.rows]));
  return tables.map(({ condition: _, ...table }) => ({ ...table, rows: counts.get(keyOf(table)) ?? 0 }));
}

function keyOf({ schema, name }: TableName): string {
  return JSON.stringify([schema, name]);
}

export function qualified(table: TableName): string {
  return `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;
}
