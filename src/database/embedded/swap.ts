import { OperationError } from '../../core/errors.ts';
import { quoteIdentifier, quoteLiteral } from '../../core/identifiers.ts';
import type { DatabaseSettings } from '../../core/manifest.ts';
import type { UndoPoint } from '../../core/ports/database-facts.ts';
import type { Swapped, SwapRequest } from '../../core/ports/target.ts';
import { applySettings } from '../postgres/database-settings.ts';
import { newOwnName } from '../postgres/names.ts';
import { type Entry, nextSequence, type UndoEntry, undoPointOf } from './catalog.ts';
import { type Cluster, innerDatabase } from './cluster.ts';
import type { EmbeddedFolder } from './embedded-folder.ts';

/** Puts one database in the live one's place and the live one aside, by one replacement of the catalog. */
export async function swapIn(
  folder: EmbeddedFolder,
  live: Entry,
  incoming: Entry,
  { operation }: SwapRequest,
): Promise<Swapped> {
  const sizeBytes = await (await folder.open(live)).json<number>(
    'SELECT to_jsonb(pg_database_size(current_database()))',
  );
  await folder.close(live);
  await folder.close(incoming); // all of it is in its folder before it becomes the live one
  const { dir, id } = live;
  const at = new Date().toISOString();
  const name = newOwnName(live.name, 'undo');
  const sequence = nextSequence(folder.catalog);
  const facts = { of: live.name, sizeBytes, at, sequence, operation, backupId: null };
  const undo: UndoEntry = { role: 'undo', name, dir, id, ...facts };
  const started = performance.now();
  await folder.commit((all) =>
    all.map((one) => (one.id === id ? undo : one.id === incoming.id ? named(incoming, live.name) : one)),
  );
  return { undoPoint: undoPointOf(undo), blockedMs: Math.round((performance.now() - started) * 10) / 10 };
}

/** Swaps the undo point back in, or names it where no live database is. */
export async function swapBack(
  folder: EmbeddedFolder,
  database: string,
  live: Entry | undefined,
  point: UndoPoint,
): Promise<Swapped | null> {
  const found = undoEntry(folder, point);
  if (live !== undefined) return swapIn(folder, live, found, { operation: 'undo' });
  await giveName(folder, found, database);
  return null;
}

/** Gives a database a name that is free. */
export async function giveName(folder: EmbeddedFolder, entry: Entry, name: string): Promise<void> {
  await folder.close(entry);
  await folder.commit((all) => all.map((one) => (one.id === entry.id ? named(entry, name) : one)));
}

export function undoEntry({ catalog }: EmbeddedFolder, { oid }: UndoPoint): UndoEntry {
  const found = catalog.databases.filter((one) => one.role === 'undo').find(({ id }) => id === oid);
  if (found !== undefined) return found;
  throw new OperationError('refused', 'The database to go back to is no longer the one that was put aside.', {
    hint: 'See what is there: npm run db:status',
  });
}

/** Writes down that a backup holds all that an undo point has. */
export async function recordBackup(
  folder: EmbeddedFolder,
  point: UndoPoint,
  backupId: string,
): Promise<UndoPoint> {
  const { id } = undoEntry(folder, point);
  await folder.commit((all) => all.map((one) => (one.id === id ? { ...one, backupId } : one)));
  return { ...point, backupId };
}

function named({ dir, id }: Entry, name: string): Entry {
  return { role: 'database', name, dir, id };
}

/** Owner, grants, settings and comment of a database are in no dump (FAULTS F52); they hang on the one inside. */
export async function carrySettings(cluster: Cluster, settings: DatabaseSettings): Promise<void> {
  await applySettings(cluster, innerDatabase, settings);
  const comment = settings.comment === null ? 'NULL' : quoteLiteral(settings.comment);
  await cluster.run(`COMMENT ON DATABASE ${quoteIdentifier(innerDatabase)} IS ${comment}`);
}
