import { quoteIdentifier, quoteLiteral } from '../../core/identifiers.ts';
import type { CountedTable, TableFacts, TableName, TableRows } from '../../core/ports/database-facts.ts';
import type { Client } from './client.ts';
import { tablesQuery } from './facts-query.ts';
import { readEach, readJson } from './read.ts';

/** A table, and for a configuration table of an extension the condition that tells the user's rows. */
export interface Countable extends TableName {
  condition?: string | null;
}

/**
 * Counts the rows of one table. The rows that an extension brings itself are not counted: no dump has them,
 * and they come back with the extension.
 */
export function rowsQuery(table: Countable): string {
  const { schema, name, condition } = table;
  return `SELECT jsonb_build_object('schema', ${quoteLiteral(schema)}, 'name', ${quoteLiteral(name)}, 'rows', count(*))
    FROM ONLY ${qualified(table)} ${condition ?? ''}`;
}

/** Counts the rows of tables, each by itself. */
export function countRows(
  client: Client,
  database: string,
  tables: readonly Countable[],
): Promise<TableRows[]> {
  return readEach<TableRows>(client, database, tables.map(rowsQuery));
}

/** Reads the tables of a database and counts each. */
export async function countTables(client: Client, database: string): Promise<CountedTable[]> {
  const tables = await readJson<(TableFacts & Countable)[]>(client, database, tablesQuery);
  const rows = await countRows(client, database, tables);
  const counts = new Map(rows.map((table) => [keyOf(table), table.rows]));
  return tables.map(({ condition: _, ...table }) => ({ ...table, rows: counts.get(keyOf(table)) ?? 0 }));
}

function keyOf({ schema, name }: TableName): string {
  return JSON.stringify([schema, name]);
}

export function qualified(table: TableName): string {
  return `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;
}
