import type { CountedTable, TableFacts, TableName, TableRows } from '../../core/ports/database-facts.ts';
import { tablesQuery } from '../postgres/facts-query.ts';
import { rowsQuery } from '../postgres/rows-query.ts';
import type { Cluster } from './cluster.ts';

/** Every ordinary table with its exact number of rows. */
export async function countTables(cluster: Cluster): Promise<CountedTable[]> {
  const tables = await cluster.json<TableFacts[]>(tablesQuery);
  const rows: TableRows[] = [];
  for (const table of tables) rows.push(await cluster.json<TableRows>(rowsQuery(table)));
  const counts = new Map(rows.map((table) => [keyOf(table), table.rows]));
  return tables.map((table) => ({ ...table, rows: counts.get(keyOf(table)) ?? 0 }));
}

function keyOf({ schema, name }: TableName): string {
  return JSON.stringify([schema, name]);
}
