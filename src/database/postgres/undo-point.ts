import { quoteIdentifier, quoteLiteral } from '../../core/identifiers.ts';
import type { DatabaseFacts, TableFacts, TableName, TableRows, UndoPoint } from '../../core/ports/target.ts';
import type { Client } from './client.ts';
import type { SchemaCopy } from './copy.ts';
import { tablesQuery } from './facts-query.ts';
import { keptRowsDifference } from './kept-rows.ts';
import { readText } from './live-reading.ts';
import { ownDatabases, setMarker } from './own-databases.ts';
import { readEach, readJson } from './read.ts';
import { countTables, qualified } from './rows-query.ts';
import { schemaDifference } from './schema-copy.ts';
import type { Session } from './session.ts';

/** Nobody connects to a put-aside database, so it is opened for a look and closed again. */
async function lookInto<T>(
  control: Session,
  client: Client,
  point: UndoPoint,
  look: () => Promise<T>,
): Promise<T> {
  const name = quoteIdentifier(point.name);
  await control.run(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  try {
    return await look();
  } finally {
    await client.leave();
    await control.run(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  }
}

/** Whether nothing would be lost with it: no rows but those that a clear keeps, and all else as in the live one. */
export async function isEmptied(
  control: Session,
  client: Client,
  source: { server: SchemaCopy['server']; live: DatabaseFacts },
  point: UndoPoint,
  keeps: (table: TableFacts) => boolean,
): Promise<boolean> {
  return lookInto(control, client, point, async () => {
    const tables = await countTables(client, point.name);
    const objects = await readText(client, point.name, 'SELECT count(*)::text FROM pg_largeobject_metadata');
    const filled = tables.filter((table) => table.rows > 0 && table.extension === null && !keeps(table));
    if (objects !== '0' || filled.length > 0) return false;
    const { signal } = new AbortController();
    const copy = { client, ...source, shadow: point.name, signal };
    return (
      ((await schemaDifference(copy)) ?? (await keptRowsDifference(copy, tables.filter(keeps)))) === null
    );
  });
}

/**
 * The tables of a put-aside database that are not as in the backup that was made from it: rows written since
 * the mark, or another count (rows that went leave no other trace). Nobody writes there any more.
 */
export async function writtenSince(
  control: Session,
  client: Client,
  point: UndoPoint,
  mark: string,
  backedUp: readonly TableRows[],
): Promise<TableRows[]> {
  return lookInto(control, client, point, async () => {
    const expected = new Map(backedUp.map((table) => [qualified(table), table.rows]));
    const tables = await readJson<TableFacts[]>(client, point.name, tablesQuery);
    const own = tables.filter((table) => table.extension === null);
    const queries = own.map((table) => countedQuery(table, mark));
    const counted = await readEach<TableRows & { late: number }>(client, point.name, queries);
    return counted.flatMap(({ late, ...table }) => {
      const missing = Math.abs(table.rows - (expected.get(qualified(table)) ?? 0));
      const rows = Math.max(missing, late);
      return rows === 0 ? [] : [{ ...table, rows }];
    });
  });
}

/** All rows of a table and those written since the mark, in one look: the table may be larger than the server's memory. */
function countedQuery(table: TableName, mark: string): string {
  const { schema, name } = table;
  return `SELECT jsonb_build_object('schema', ${quoteLiteral(schema)}, 'name', ${quoteLiteral(name)}, 'rows', count(*),
    'late', count(*) FILTER (WHERE age(xmin) <= age(xid(${quoteLiteral(mark)}::xid8)))) FROM ONLY ${qualified(table)}`;
}

/** From now on no backup stands for it: it is kept until somebody drops it. */
export async function disownBackup(control: Session, database: string, point: UndoPoint): Promise<void> {
  const found = (await ownDatabases(control, database)).find((one) => one.oid === point.oid);
  if (found?.marker?.kind === 'undo')
    await setMarker(control, found.name, { ...found.marker, backupId: null });
}
