import { OperationError } from '../core/errors.ts';
import type { UndoPoint } from '../core/ports/target.ts';
import { type Allowances, guardObstacles, guardTarget, requireConfirmation } from './guard-rails.ts';
import { hold, type Policy, type Ports, type Run } from './run.ts';

export interface UndoResult {
  database: string;
  /** What came back. */
  from: UndoPoint;
  /** What was live and is now the undo point; null where there was no live database. */
  undoPoint: UndoPoint | null;
  blockedMs: number | null;
  repairs: string[];
}

/** Brings back what the last clear, restore or undo put aside. What was live becomes the undo point. */
export async function undoLast(
  ports: Ports,
  policy: Pick<Policy, 'production'>,
  request: { confirm: string | undefined; allow: Allowances },
  run: Run,
): Promise<UndoResult> {
  const { target } = ports;
  guardTarget(target, policy.production, request.allow);
  requireConfirmation(target, request.confirm);
  await using held = await hold(ports, 'undo', 'database', run);
  const { connection } = held;
  const [from] = await connection.undoPoints();
  if (from === undefined) {
    throw new OperationError('refused', `There is nothing to undo for ${target.database}.`, {
      hint: 'Clear and restore leave an undo point; backups are brought back with: npm run restore',
    });
  }
  const live = await connection.live();
  if (live !== null) guardObstacles(live);
  run.signal.throwIfAborted();
  run.onProgress({ phase: 'Swapping' });
  const swapped = await connection.undo(from);
  return {
    database: target.database,
    from,
    undoPoint: null,
    blockedMs: null,
    ...swapped,
    repairs: held.repairs,
  };
}
