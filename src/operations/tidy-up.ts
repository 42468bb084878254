import { reasonOf } from '../core/errors.ts';
import type { BackupSet } from '../core/ports/store.ts';
import type { Connection, UndoPoint } from '../core/ports/target.ts';
import { rotate } from './rotate.ts';
import type { Policy, Ports, Run } from './run.ts';
import { dropOlderUndoPoints } from './undo-points.ts';

/** What follows when the data is where it belongs. */
export interface Tidied {
  removed: BackupSet[];
  keptUndoPoints: UndoPoint[];
  warnings: string[];
}

/**
 * Rotates, then drops undo points whose backup is still kept. Whatever fails or is interrupted here is told
 * in a warning: the operation itself is done, and must not be reported as failed.
 *
 * @param trusted The id of the set that was verified in this run; without one nothing is rotated.
 */
export async function tidyUp(
  { store, target }: Pick<Ports, 'store' | 'target'>,
  { keep }: Pick<Policy, 'keep'>,
  run: Run,
  trusted: string | undefined,
  swapped?: { connection: Connection; undoPoint: UndoPoint },
): Promise<Tidied> {
  const tidied: Tidied = { removed: [], keptUndoPoints: [], warnings: [] };
  try {
    run.signal.throwIfAborted();
    if (trusted !== undefined) {
      tidied.removed = (await rotate(store, target.database, keep, run, trusted)).removed;
    }
    if (swapped !== undefined) {
      run.onProgress({ phase: 'Tidying up' });
      const { connection, undoPoint } = swapped;
      tidied.keptUndoPoints = await dropOlderUndoPoints(connection, store, undoPoint, run);
    }
  } catch (error) {
    const why = reasonOf(error).replace(/\.$/, '');
    tidied.warnings.push(`It is done; the tidying up after it was not: ${why}. A later command does it.`);
  }
  return tidied;
}
