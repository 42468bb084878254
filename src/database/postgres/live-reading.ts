import type { CountedTable, TableFacts, TableRows } from '../../core/ports/database-facts.ts';
import type { Client } from './client.ts';
import { tablesQuery } from './facts-query.ts';
import { readJson, runSql } from './read.ts';
import { countRows, countTables } from './rows-query.ts';

export function readText(client: Client, database: string, query: string): Promise<string> {
  return readJson<string>(client, database, `SELECT to_jsonb((${query}))`);
}

export async function liveRows(
  client: Client,
  database: string,
  limitMs: number,
): Promise<{ tables: CountedTable[]; exact: boolean }> {
  try {
    // The limit is for all batches together, the server's for each.
    const limit = AbortSignal.timeout(limitMs + 1000);
    const signal = client.signal === undefined ? limit : AbortSignal.any([client.signal, limit]);
    const limited = { ...client, signal };
    await setTimeLimit(limited, database, limitMs);
    const tables = await countTables(limited, database);
    await setTimeLimit(limited, database, 0);
    return { tables, exact: true };
  } catch {
    const tables = await readJson<TableFacts[]>(client, database, tablesQuery);
    return { tables: tables.map((table) => ({ ...table, rows: table.estimatedRows ?? 0 })), exact: false };
  }
}

async function setTimeLimit(client: Client, database: string, limitMs: number): Promise<void> {
  await runSql(client, database, `SET statement_timeout = ${limitMs}`, '', 'Reading the database');
}

/** Rows of extension tables that no dump carries. */
export async function undumpedRows(client: Client, database: string): Promise<TableRows[]> {
  const tables = await readJson<TableFacts[]>(client, database, tablesQuery);
  const left = tables.filter((table) => table.extension?.dumped === false);
  if (left.length === 0) return [];
  const rows = await countRows(client, database, left);
  return rows.filter((table) => table.rows > 0);
}

/**
 * What is visible now: `xmin:xmax:` and the ids between them of those at work. Tables that are kept in another way than
 * PostgreSQL's own (2 is `heap`) may be written without such an id.
 */
export const markQuery = `
  SELECT jsonb_build_object('mark', pg_current_snapshot()::text,
    'heapOnly', NOT EXISTS (SELECT FROM pg_class WHERE relkind IN ('r', 'm', 't') AND relam <> 2))`;
