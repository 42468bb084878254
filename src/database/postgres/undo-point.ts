import { schemaDifferenceOf } from '../../core/dump/schema-difference.ts';
import { quoteIdentifier, quoteLiteral } from '../../core/identifiers.ts';
import type { DatabaseFacts, TableFacts, TableRows, UndoPoint } from '../../core/ports/database-facts.ts';
import type { Client } from './client.ts';
import type { SchemaCopy } from './copy.ts';
import { tablesQuery } from './facts-query.ts';
import { keptRowsDifference } from './kept-rows.ts';
import { readText } from './live-reading.ts';
import { ownDatabases, setMarker } from './own-databases.ts';
import { readEach, readJson } from './read.ts';
import { type Countable, countTables, qualified } from './rows-query.ts';
import { describeSchema } from './schema-copy.ts';
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

/**
 * Whether nothing would be lost with it: no rows but those that a clear keeps, and all else as in the live one.
 *
 * @param source With the schema of the live database, where it is known: what this operation has put in its place a moment
 * ago has the schema of what it replaced, which the operation's backup holds as well.
 */
export async function isEmptied(
  control: Session,
  client: Client,
  source: { server: SchemaCopy['server']; live: DatabaseFacts; schema: readonly string[] | undefined },
  point: UndoPoint,
  keeps: (table: TableFacts) => boolean,
): Promise<boolean> {
  return lookInto(control, client, point, async () => {
    const tables = await countTables(client, point.name);
    const objects = await readText(client, point.name, 'SELECT count(*)::text FROM pg_largeobject_metadata');
    const filled = tables.filter((table) => table.rows > 0 && table.extension === null && !keeps(table));
    if (objects !== '0' || filled.length > 0) return false;
    const { signal } = new AbortController();
    const { server, live } = source;
    const copy = { client, server, live, shadow: point.name, signal };
    const [ofLive, own] = await Promise.all([
      source.schema ?? describeSchema(copy, live.name),
      describeSchema(copy, point.name),
    ]);
    const difference = schemaDifferenceOf(ofLive, own);
    return (difference ?? (await keptRowsDifference(copy, tables.filter(keeps)))) === null;
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
  { mark, backedUp, superuser }: { mark: string; backedUp: readonly TableRows[]; superuser: boolean },
): Promise<TableRows[]> {
  return lookInto(control, client, point, async () => {
    const expected = new Map(backedUp.map((table) => [qualified(table), table.rows]));
    const tables = await readJson<(TableFacts & Countable)[]>(client, point.name, tablesQuery);
    const own = tables.filter((table) => table.extension === null || table.extension.dumped);
    const queries = own.map((table) => countedQuery(table, mark));
    const counted = await readEach<TableRows & { late: number }>(client, point.name, queries);
    const objects = await lateObjects(client, point.name, superuser, mark);
    return [...counted, objects].flatMap(({ late, ...table }) => {
      const missing = Math.abs(table.rows - (expected.get(qualified(table)) ?? 0));
      const rows = Math.max(missing, late);
      return rows === 0 ? [] : [{ ...table, rows }];
    });
  });
}

/** All rows of a table and those written since the mark, in one look: the table may be larger than the server's memory. */
function countedQuery(table: Countable, mark: string): string {
  const { schema, name, condition } = table;
  return `SELECT jsonb_build_object('schema', ${quoteLiteral(schema)}, 'name', ${quoteLiteral(name)}, 'rows', count(*),
    'late', count(*) FILTER (WHERE ${isLate(mark)})) FROM ONLY ${qualified(table)} ${condition ?? ''}`;
}

/** By a transaction that was not over at the mark: what it and later ones wrote may be missing in a dump of then. */
function isLate(mark: string): string {
  return `age(xmin) <= age(xid(pg_snapshot_xmin(${quoteLiteral(mark)}::pg_snapshot)))`;
}

/** What was written to large objects: only a superuser may look into them, others see those that are new. */
async function lateObjects(client: Client, database: string, superuser: boolean, mark: string) {
  const name = superuser ? 'pg_largeobject' : 'pg_largeobject_metadata';
  const count = await readText(
    client,
    database,
    `SELECT count(*)::text FROM pg_catalog.${name} WHERE ${isLate(mark)}`,
  );
  return { schema: 'pg_catalog', name, rows: 0, late: Number(count) };
}

/** Writes down that a backup holds all that an undo point has: it may go from then on, as long as the backup is there. */
export async function recordBackup(
  control: Session,
  database: string,
  point: UndoPoint,
  backupId: string,
): Promise<UndoPoint> {
  const found = (await ownDatabases(control, database)).find((one) => one.oid === point.oid);
  if (found?.marker?.kind !== 'undo') return point;
  await setMarker(control, found.name, { ...found.marker, backupId });
  return { ...point, backupId };
}
