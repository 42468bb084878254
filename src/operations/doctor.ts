import { OperationError, reasonOf } from '../core/errors.ts';
import { formatBytes, formatCounted } from '../core/format.ts';
import type { BackupStore } from '../core/ports/store.ts';
import { hold, type Ports, type Run } from './run.ts';

export interface Check {
  name: string;
  outcome: 'ok' | 'failed' | 'skipped';
  detail: string;
  hint?: string;
}

export interface Diagnosis {
  checks: Check[];
  /** The first check that failed. */
  failure: OperationError | null;
}

interface Patient {
  store: BackupStore;
  connect(signal: AbortSignal): Promise<Ports>;
}

/** Looks at everything that a backup, a clear and a restore need, one thing after another. */
export async function diagnose({ store, connect }: Patient, run: Run): Promise<Diagnosis> {
  const checks: Check[] = [];
  let failure: OperationError | null = null;
  const check = async <T>(
    name: string,
    look: () => Promise<{ detail: string; value: T }>,
  ): Promise<T | undefined> => {
    try {
      const { detail, value } = await look();
      checks.push({ name, outcome: 'ok', detail });
      return value;
    } catch (error) {
      run.signal.throwIfAborted();
      const known = error instanceof OperationError ? error : unexpected(error);
      failure ??= known;
      const { message, hint } = known;
      checks.push({ name, outcome: 'failed', detail: message, ...(hint === undefined ? {} : { hint }) });
      return undefined;
    }
  };

  await check('backup folder', async () => {
    await using _lock = await store.lock('doctor');
    return {
      detail: `${store.folder} can be written, ${formatBytes(await store.freeBytes())} free`,
      value: true,
    };
  });
  await check('backups', async () => {
    const sets = await store.list();
    const strange = sets.filter((set) => set.state === 'unverifiable').length;
    return { detail: `${sets.length - strange} complete, ${strange} unverifiable`, value: sets };
  });
  const ports = await check('target', async () => {
    const found = await connect(run.signal);
    return {
      detail: `${found.target.database} in ${found.target.container ?? 'the embedded database'}`,
      value: found,
    };
  });
  if (ports === undefined) {
    checks.push({ name: 'database', outcome: 'skipped', detail: 'there is no target to ask' });
    return { checks, failure };
  }

  await check('database', async () => {
    await using held = await hold(ports, 'doctor', 'look', run);
    const { connection, repairs } = held;
    const live = await connection.live();
    const put = repairs.length === 0 ? '' : ` (put in order: ${repairs.join(' ')})`;
    if (live === null)
      throw new OperationError('unreachable', `There is no database named ${ports.target.database}.`, {
        hint: 'Bring a backup back: npm run restore',
      });
    const obstacles =
      live.obstacles.length === 0 ? '' : `; clear and restore wait for: ${live.obstacles.join(', ')}`;
    return {
      detail: `PostgreSQL ${connection.server.version}, ${formatBytes(live.sizeBytes)}, ${formatCounted(live.tables.length, 'table')}${obstacles}${put}`,
      value: live,
    };
  });
  return { checks, failure };
}

function unexpected(error: unknown): OperationError {
  return new OperationError('failed', reasonOf(error), { cause: error });
}
