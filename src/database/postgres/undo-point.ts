import { quoteIdentifier } from '../../core/identifiers.ts';
import type { TableFacts, UndoPoint } from '../../core/ports/target.ts';
import type { Client } from './client.ts';
import { reading, readText } from './live-reading.ts';
import { countTables } from './rows-query.ts';
import type { Session } from './session.ts';

/** Nobody connects to a put-aside database, so it is opened for the one look and closed again. */
export async function isEmptied(
  control: Session,
  client: Client,
  point: UndoPoint,
  keeps: (table: TableFacts) => boolean,
): Promise<boolean> {
  const name = quoteIdentifier(point.name);
  await control.run(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  try {
    const tables = await countTables(client, point.name, reading);
    const objects = await readText(client, point.name, 'SELECT count(*)::text FROM pg_largeobject_metadata');
    const filled = tables.filter((table) => table.rows > 0 && table.extension === null && !keeps(table));
    return objects === '0' && filled.length === 0;
  } finally {
    await control.run(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  }
}
