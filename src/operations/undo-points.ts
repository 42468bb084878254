import { isMigrationTable } from '../core/migration-tables.ts';
import type { UndoPoint } from '../core/ports/database-facts.ts';
import type { BackupStore } from '../core/ports/store.ts';
import type { Connection } from '../core/ports/target.ts';
import type { Verify } from './rotate.ts';
import type { Run } from './run.ts';

/** An undo point, and whether nothing is lost with it. */
export interface Weighed {
  point: UndoPoint;
  safe: boolean;
}

/**
 * One is safe to drop where a kept backup that was made from it verifies, or it has no rows but those that a clear keeps
 * (SPEC 5).
 */
export async function weighUndoPoints(
  connection: Connection,
  store: BackupStore,
  points: readonly UndoPoint[],
  verify: Verify,
  { signal }: Run,
): Promise<Weighed[]> {
  const weighed: Weighed[] = [];
  for (const point of points) {
    const safe = !signal.aborted && (await isSafe(connection, store, point, verify));
    weighed.push({ point, safe });
  }
  return weighed;
}

/** @returns Those that stay because they may be the only copy of something. */
export async function dropSafe(
  connection: Connection,
  weighed: readonly Weighed[],
  { signal }: Run,
): Promise<UndoPoint[]> {
  const kept: UndoPoint[] = [];
  for (const { point, safe } of weighed) {
    if (signal.aborted || !safe) kept.push(point);
    else await connection.dropUndoPoint(point);
  }
  return kept;
}

async function isSafe(
  connection: Connection,
  store: BackupStore,
  point: UndoPoint,
  verify: Verify,
): Promise<boolean> {
  const sets = await store.list();
  const made = sets.filter((set) => set.state === 'complete').find((set) => set.id === point.backupId);
  if (made !== undefined && (await verify(made))) return true;
  return connection.isEmptied(point, isMigrationTable);
}
