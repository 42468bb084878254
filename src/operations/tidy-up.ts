import { reasonOf } from '../core/errors.ts';
import { tableIdentifier } from '../core/identifiers.ts';
import type { UndoPoint } from '../core/ports/database-facts.ts';
import type { BackupSet } from '../core/ports/store.ts';
import type { Connection } from '../core/ports/target.ts';
import { rotate, verifyOnce } from './rotate.ts';
import type { Policy, Ports, Run } from './run.ts';
import type { BackupReceipt } from './take-backup.ts';
import { dropSafe, weighUndoPoints } from './undo-points.ts';

/** What follows when the data is where it belongs. */
export interface Tidied {
  /** The one that this run made, with the backup that was found to hold all of it. */
  undoPoint: UndoPoint | null;
  removed: BackupSet[];
  keptUndoPoints: UndoPoint[];
  warnings: string[];
}

/**
 * Tells what came in after the backup, rotates, then drops undo points whose backup is still kept. Whatever
 * fails or is interrupted here is told in a warning: the operation itself is done, and must not be reported
 * as failed.
 *
 * @param receipt The backup of this run; without one nothing is rotated.
 * @param newest The undo point that this run made.
 */
export async function tidyUp(
  { store, target }: Pick<Ports, 'store' | 'target'>,
  { keep }: Pick<Policy, 'keep'>,
  connection: Connection,
  run: Run,
  receipt: BackupReceipt | undefined,
  newest: UndoPoint | undefined,
): Promise<Tidied> {
  const tidied: Tidied = { undoPoint: newest ?? null, removed: [], keptUndoPoints: [], warnings: [] };
  const failed = (error: unknown): void => {
    const why = reasonOf(error).replace(/\.$/, '');
    tidied.warnings.push(`It is done; the tidying up after it was not: ${why}. A later command does it.`);
  };
  try {
    run.signal.throwIfAborted();
    if (newest !== undefined) run.onProgress({ phase: 'Tidying up' });
    const verify = verifyOnce(store, run, receipt?.set.id);
    if (receipt === undefined && newest === undefined) return tidied;
    const points = await connection.undoPoints();
    const older = newest === undefined ? [] : points.filter((point) => point.oid !== newest.oid);
    const weigh = () => weighUndoPoints(connection, store, older, verify, run);
    if (receipt === undefined) {
      tidied.keptUndoPoints = await dropSafe(connection, await weigh(), run);
      return tidied;
    }
    const needed = new Set(points.flatMap((point) => point.backupId ?? []));
    if (newest !== undefined) needed.add(receipt.set.id);
    const looked = newest === undefined ? Promise.resolve([]) : lateRows(connection, newest, receipt);
    // Two look at the server, one after the other; rotation reads this machine's disk.
    const [late, rotated, weighed] = await Promise.allSettled([
      looked,
      rotate(store, target.database, keep, run, { verify, needed }),
      looked.then(weigh),
    ]);
    if (late.status === 'fulfilled') tidied.warnings.push(...late.value);
    else failed(late.reason);
    if (rotated.status === 'fulfilled') tidied.removed = rotated.value.removed;
    else failed(rotated.reason);
    if (newest !== undefined && late.status === 'fulfilled' && late.value.length === 0)
      tidied.undoPoint = await connection.recordBackup(newest, receipt.set.id);
    if (late.status === 'rejected' || rotated.status === 'rejected') return tidied;
    if (weighed.status === 'rejected') throw weighed.reason;
    tidied.keptUndoPoints = await dropSafe(connection, weighed.value, run);
  } catch (error) {
    failed(error);
  }
  return tidied;
}

/** Rows that the backup missed are in the put-aside database alone, which therefore stays (SPEC 6). */
async function lateRows(
  connection: Connection,
  point: UndoPoint,
  { mark, set }: BackupReceipt,
): Promise<string[]> {
  const late = await connection.writtenSince(point, mark, set.manifest.tables);
  if (late.length === 0) return [];
  const tables = late.map((table) => `${tableIdentifier(table)} (${table.rows})`);
  return [
    `Rows were written after the backup began: ${tables.join(', ')}. Only the undo point has them: npm run db:undo`,
  ];
}
