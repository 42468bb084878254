import { OperationError } from '../core/errors.ts';
import { findBackup } from '../core/find-backup.ts';
import type { DatabaseFacts } from '../core/ports/database-facts.ts';
import type { CompleteSet } from '../core/ports/store.ts';
import type { Connection } from '../core/ports/target.ts';
import { type TableChange, tableChanges } from '../core/table-changes.ts';
import { type Allowances, guardObstacles, guardOrigin } from './guard-rails.ts';
import { requireNeeds } from './needs.ts';
import { requireLoadable } from './require-tools.ts';
import { hold, type Ports, type Run } from './run.ts';
import { type Previewed, seenAs } from './seen.ts';
import { requireLoadSpace } from './space.ts';
import { unverifiedSet } from './unverified.ts';

/** Which set somebody means, and whether one that cannot be verified is taken. */
export interface Choice {
  backup: string;
  unverified: boolean;
}

export interface RestorePreview {
  set: CompleteSet;
  database: string;
  exists: boolean;
  sessions: number;
  changes: TableChange[];
  exact: boolean;
}

interface PreviewRequest extends Choice {
  createRoles: boolean;
  withoutOwners: boolean;
  allow: Allowances;
}

/**
 * What a restore would change, told quickly and changing nothing: what a person sees before the question. What
 * the restore would refuse is refused here too, before anybody has typed a name.
 */
export async function previewRestore(
  ports: Ports,
  request: PreviewRequest,
  run: Run,
): Promise<Previewed<RestorePreview>> {
  const { set, madeUp } = await chooseSet(ports, request, run);
  requireLoadable(ports.target, set);
  await using held = await hold(ports, 'restore preview', 'look', run);
  const { connection } = held;
  if (!madeUp) guardOrigin(set.manifest, connection.server, ports.target, request.allow);
  const live = await connection.live();
  if (live !== null) guardObstacles(live);
  await requireLoadSpace(connection, set);
  await requireNeeds(connection, set.manifest, request, true);
  const impact = await impactOf(connection, live, set);
  return {
    seen: seenAs(connection.server, live),
    set,
    database: ports.target.database,
    exists: live !== null,
    sessions: live?.sessions ?? 0,
    ...impact,
  };
}

/** The set that was named; where it cannot be verified and is taken all the same, its metadata is made up. */
export async function chooseSet(
  ports: Ports,
  request: Choice,
  run: Run,
): Promise<{ set: CompleteSet; madeUp: boolean }> {
  const set = findBackup(await ports.store.list(), request.backup, ports.target.database);
  if (set.state === 'complete') return { set, madeUp: false };
  if (request.unverified) return { set: await unverifiedSet(ports, set, run), madeUp: true };
  throw new OperationError('backup-unverified', `The backup ${set.id} cannot be verified: ${set.because}.`, {
    hint: 'Use another one (npm run backup:list), or add --unverified if you know where this one comes from.',
  });
}

/** What would change: the rows of the live tables against those of the set. */
export async function impactOf(connection: Connection, live: DatabaseFacts | null, set: CompleteSet) {
  if (live === null) return { changes: tableChanges([], set.manifest.tables), exact: true };
  const { tables, exact } = await connection.liveRows(2000);
  const dumped = tables.filter((table) => table.extension?.dumped !== false);
  return { changes: tableChanges(dumped, set.manifest.tables), exact };
}
