import { OperationError } from '../core/errors.ts';
import type { UndoPoint } from '../core/ports/database-facts.ts';
import type { Connection, Target } from '../core/ports/target.ts';
import { type Allowances, guardObstacles, guardTarget, requireConfirmation } from './guard-rails.ts';
import { hold, type Policy, type Ports, type Run } from './run.ts';
import { type Previewed, requireSeen, type Seen, seenAs } from './seen.ts';

export interface UndoRequest {
  confirm: string | undefined;
  allow: Allowances;
  /** What the preview showed that somebody said yes to. */
  previewed?: Seen | undefined;
}

export interface UndoPreview {
  database: string;
  point: UndoPoint;
}

export interface UndoResult {
  database: string;
  /** What came back. */
  from: UndoPoint;
  /** What was live and is now the undo point; null where there was no live database. */
  undoPoint: UndoPoint | null;
  blockedMs: number | null;
  repairs: string[];
}

/** What an undo would bring back, told quickly and changing nothing. */
export async function previewUndo(ports: Ports, run: Run): Promise<Previewed<UndoPreview>> {
  const { target } = ports;
  await using held = await hold(ports, 'undo preview', 'look', run);
  const { connection } = held;
  const point = await newestPoint(target, connection);
  const live = await connection.live();
  if (live !== null) guardObstacles(live);
  return { seen: seenAs(connection.server, live, point), database: target.database, point };
}

/** Brings back what the last clear, restore or undo put aside. What was live becomes the undo point. */
export async function undoLast(
  ports: Ports,
  policy: Pick<Policy, 'production'>,
  request: UndoRequest,
  run: Run,
): Promise<UndoResult> {
  const { target } = ports;
  await guardTarget(target, policy.production, request.allow);
  requireConfirmation(target, request.confirm);
  await using held = await hold(ports, 'undo', 'database', run);
  const { connection } = held;
  const from = await newestPoint(target, connection);
  const live = await connection.live();
  requireSeen(request.previewed, target.database, seenAs(connection.server, live, from));
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

async function newestPoint({ database }: Target, connection: Connection): Promise<UndoPoint> {
  const [newest] = await connection.undoPoints();
  if (newest !== undefined) return newest;
  throw new OperationError('refused', `There is nothing to undo for ${database}.`, {
    hint: 'Clear and restore leave an undo point; backups are brought back with: npm run restore',
  });
}
