import { OperationError } from '../core/errors.ts';
import { isMigrationTable } from '../core/migration-tables.ts';
import type {
  DatabaseFacts,
  MovedSequence,
  TableFacts,
  TableRows,
  UndoPoint,
} from '../core/ports/database-facts.ts';
import type { BackupSet, CompleteSet } from '../core/ports/store.ts';
import type { Connection, Swapped } from '../core/ports/target.ts';
import { type BegunTwin, beginTwin, buildTwin } from './emptied-twin.ts';
import { follow } from './follow.ts';
import { moment } from './foreseen.ts';
import { type Allowances, guardObstacles, guardTarget, requireConfirmation } from './guard-rails.ts';
import { type Held, hold, type Policy, type Ports, type Run } from './run.ts';
import { type Previewed, requireSeen, type Seen, seenAs } from './seen.ts';
import { requireServerSpace } from './space.ts';
import { type BackupReceipt, takeBackup } from './take-backup.ts';
import { tidyUp } from './tidy-up.ts';

export interface ClearRequest {
  confirm: string | undefined;
  /** Start from an empty database instead of keeping the schema. */
  everything: boolean;
  dryRun: boolean;
  note: string;
  allow: Allowances;
  /** What the preview showed that somebody said yes to. */
  previewed?: Seen | undefined;
}

export interface ClearPreview {
  database: string;
  sessions: number;
  /** Rows that go, by table. */
  cleared: TableRows[];
  /** Rows that stay: the bookkeeping of migration tools. */
  kept: TableRows[];
  exact: boolean;
}

export interface ClearResult extends ClearPreview {
  outcome: 'cleared' | 'dry-run' | 'nothing-to-clear';
  backup: CompleteSet | null;
  undoPoint: UndoPoint | null;
  keptUndoPoints: UndoPoint[];
  removed: BackupSet[];
  blockedMs: number | null;
  warnings: string[];
  repairs: string[];
}

/**
 * From how many bytes on the twin is built before the backup and not beside it. To build it takes transaction ids. Where none
 * of ours fall between the backup's mark and the swap, `writtenSince` need not look through all tables.
 */
const twinFirst = 256 * 1024 * 1024;

/** What a clear would take away, told quickly and changing nothing. */
export async function previewClear(
  ports: Ports,
  everything: boolean,
  run: Run,
): Promise<Previewed<ClearPreview>> {
  await using held = await hold(ports, 'clear preview', 'look', run);
  const { connection } = held;
  const live = await requireLive(ports, connection);
  const impact = await impactOf(ports, connection, live, everything);
  return { ...impact, seen: seenAs(connection.server, live) };
}

/** Empties the database: a verified backup first, then the swap with an emptied twin (SPEC 5 and 6). */
export async function clearDatabase(
  ports: Ports,
  policy: Policy,
  request: ClearRequest,
  run: Run,
): Promise<ClearResult> {
  const { target } = ports;
  await guardTarget(target, policy.production, request.allow);
  if (!request.dryRun) requireConfirmation(target, request.confirm);

  await using held = await hold(ports, 'clear', 'database', run);
  const { connection } = held;
  const live = await requireLive(ports, connection);
  requireSeen(request.previewed, target.database, seenAs(connection.server, live));
  guardObstacles(live);
  const look = await impactOf(ports, connection, live, request.everything);
  const untouched = { backup: null, undoPoint: null, keptUndoPoints: [], removed: [], blockedMs: null };
  const common = { ...look, warnings: warningsOf(live), repairs: held.repairs };
  if (request.dryRun) return { outcome: 'dry-run', ...common, ...untouched };
  if (await isEmpty(connection, look, live, request.everything))
    return { outcome: 'nothing-to-clear', ...common, ...untouched };

  await requireServerSpace(connection, 16 * 1024 * 1024);
  const first = connection.parallel && live.sizeBytes >= twinFirst;
  const [twin, swap] = first ? [moment * 3, moment] : [0, moment * 3];
  const course = follow(run, { twin, backup: undefined, swap, tidy: moment });
  // Whether it still is what it was built from is asked before it is swapped in.
  const beginning = course.step(first ? 'twin' : 'swap');
  await using begun = beginTwin(connection, live, request.everything, beginning);
  if (first) await begun?.ready();
  const asked = { reason: 'before-clear', note: request.note } as const;
  const receipt = await takeBackup(ports, policy, held, asked, course.step('backup'));
  const swapped = await replaceByEmptied(held, live, receipt, begun, request, course.step('swap'));
  const tidied = await tidyUp(ports, policy, connection, course.step('tidy'), receipt, swapped.undoPoint);
  return {
    ...common,
    outcome: 'cleared',
    backup: receipt.set,
    ...swapped,
    ...tidied,
    warnings: [...common.warnings, ...receipt.warnings, ...tidied.warnings],
  };
}

/** The one place that empties a database; without the receipt of a verified backup there is no way to it. */
async function replaceByEmptied(
  { connection }: Held,
  live: DatabaseFacts,
  _receipt: BackupReceipt,
  begun: BegunTwin | undefined,
  request: ClearRequest,
  run: Run,
): Promise<Swapped> {
  const build = () => buildTwin(connection, live, request.everything, run);
  for (const next of [...(begun === undefined ? [] : [begun.ready]), build, build]) {
    await using twin = await next();
    run.signal.throwIfAborted();
    if (twin === undefined || !(await twin.isCurrent())) continue;
    run.onProgress({ phase: 'Swapping' });
    return await connection.swap(twin.shadow, { operation: 'clear' });
  }
  throw schemaMoves(live.name);
}

async function impactOf(
  { target }: Ports,
  connection: Connection,
  live: DatabaseFacts,
  everything: boolean,
): Promise<ClearPreview> {
  const { tables, exact } = await connection.liveRows(2000);
  const stays = (table: TableFacts): boolean =>
    !everything && (isMigrationTable(table) || table.extension !== null);
  const filled = tables.filter((table) => table.rows > 0);
  return {
    database: target.database,
    sessions: live.sessions,
    cleared: filled.filter((table) => !stays(table)),
    kept: filled.filter((table) => stays(table)),
    exact,
  };
}

async function isEmpty(
  connection: Connection,
  look: ClearPreview,
  live: DatabaseFacts,
  everything: boolean,
): Promise<boolean> {
  if (live.largeObjects > 0) return false;
  if (everything) return live.userObjects === 0;
  if (!look.exact || look.cleared.length > 0) return false;
  const kept = live.tables.filter(isMigrationTable);
  const stays = ({ ownedBy }: MovedSequence): boolean =>
    kept.some((table) => table.schema === ownedBy?.schema && table.name === ownedBy.name);
  return (await connection.movedSequences()).every(stays);
}

async function requireLive({ target }: Ports, connection: Connection): Promise<DatabaseFacts> {
  const live = await connection.live();
  if (live !== null) return live;
  throw new OperationError('unreachable', `There is no database named ${target.database} on this server.`, {
    hint: 'Set DB_NAME to the right name, or bring a backup back: npm run restore',
  });
}

function warningsOf(live: DatabaseFacts): string[] {
  return live.invalidIndexes.map(
    (index) => `The invalid index ${index} is not carried over: no dump has it.`,
  );
}

function schemaMoves(database: string): OperationError {
  return new OperationError('failed', `The schema of ${database} changed twice while it was being cleared.`, {
    hint: 'Wait until the migration has ended, then clear again. Nothing was changed; the backup is kept.',
  });
}
