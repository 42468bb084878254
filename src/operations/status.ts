import { OperationError } from '../core/errors.ts';
import type { TargetStatus } from '../core/ports/database-facts.ts';
import type { BackupSet, CompleteSet } from '../core/ports/store.ts';
import { hold, type Ports, type Run } from './run.ts';

export interface BackupsSummary {
  folder: string;
  /** Complete sets of this database; of any, where it is not known. */
  count: number;
  /** Complete sets of other databases. */
  others: number;
  unverifiable: number;
  totalBytes: number;
  newest: CompleteSet | null;
  freeBytes: number | null;
}

export interface StatusResult {
  database: string;
  container: string | null;
  /** Null where nothing answers; `unreachable` says why. */
  target: TargetStatus | null;
  unreachable: OperationError | null;
  backups: BackupsSummary;
  repairs: string[];
}

/** Everything about the database and its backups, at one look; puts in order what a dead operation left. */
export async function readStatus(ports: Ports, run: Run): Promise<StatusResult> {
  const { target, store } = ports;
  const [looked, sets] = await Promise.all([look(ports, run), store.list()]);
  const repairs = looked.status?.leftovers.length ? await repair(ports, run) : [];
  const again = repairs.length > 0 ? await look(ports, run) : looked;
  return {
    database: target.database,
    container: target.container,
    target: again.status,
    unreachable: again.unreachable,
    backups: await summarise(ports, sets, target.database),
    repairs,
  };
}

async function look({ target }: Ports, { signal }: Run) {
  try {
    return { status: await target.status(signal), unreachable: null };
  } catch (error) {
    if (error instanceof OperationError && error.code === 'unreachable')
      return { status: null, unreachable: error };
    throw error;
  }
}

/** Somebody else at work puts things in order in their own time. */
async function repair(ports: Ports, run: Run): Promise<string[]> {
  try {
    await using held = await hold(ports, 'repair', 'database', run);
    return held.repairs;
  } catch (error) {
    if (error instanceof OperationError && error.code === 'busy') return [];
    throw error;
  }
}

export async function summarise(
  { store }: Pick<Ports, 'store'>,
  sets: readonly BackupSet[],
  database: string | undefined,
): Promise<BackupsSummary> {
  const all = sets.filter((set) => set.state === 'complete');
  const complete = all.filter(({ manifest }) => manifest.database === (database ?? manifest.database));
  return {
    folder: store.folder,
    count: complete.length,
    others: all.length - complete.length,
    unverifiable: sets.length - all.length,
    totalBytes: complete.reduce((sum, set) => sum + set.manifest.size_bytes, 0),
    newest: complete[0] ?? null,
    freeBytes: await store.freeBytes().catch(() => null),
  };
}
