import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/app/clock.ts';
import { OperationError } from '../../src/core/errors.ts';
import type { Connection } from '../../src/core/ports/target.ts';
import { dockerTarget } from '../../src/database/docker/docker-target.ts';
import { type ClearRequest, clearDatabase } from '../../src/operations/clear.ts';
import { type RestoreRequest, restoreBackup } from '../../src/operations/restore.ts';
import type { Policy, Ports, Run } from '../../src/operations/run.ts';
import { undoLast } from '../../src/operations/undo.ts';
import { type StartProcess, startProcess } from '../../src/process/process.ts';
import { folderStore } from '../../src/store/folder-store.ts';
import type { TestContainer } from './container.ts';
import { toolsAtWork } from './server-traces.ts';

/** Real ports on a container, as `src/app/wire.ts` makes them; the backup folder goes when it is disposed. */
export interface DockerPorts extends Ports, AsyncDisposable {
  readonly folder: string;
}

interface PortsOptions {
  user?: string;
  /** A folder of another's: it stays. */
  folder?: string;
  start?: StartProcess;
  lockWaitMs?: number;
  look?: boolean;
}

export async function dockerPorts(
  container: Pick<TestContainer, 'name'>,
  database: string,
  { user, folder: shared, start = startProcess, lockWaitMs = 30_000, look = false }: PortsOptions = {},
): Promise<DockerPorts> {
  const folder = shared ?? (await mkdtemp(join(tmpdir(), 'kubegram-ports-')));
  await chmod(folder, 0o700);
  const settings = {
    container: container.name,
    database,
    user,
    folder,
    dockerHost: undefined,
    lockWaitMs,
    look,
  };
  const { signal } = new AbortController();
  return {
    folder,
    clock: systemClock,
    store: folderStore(folder, systemClock),
    target: await dockerTarget(start, settings, signal, () => {}),
    [Symbol.asyncDispose]: async () => {
      if (shared === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

export const policy: Policy = {
  keep: 2,
  format: 'plain',
  jobs: 2,
  maxBytes: undefined,
  timeoutMs: 60_000,
  production: false,
  toolVersion: '0.0.0-test',
};

export function quietRun(signal: AbortSignal = new AbortController().signal): Run {
  return { signal, onProgress: () => {} };
}

/** A run that is interrupted when an operation says that it has come to this phase. */
export function interruptedAt(phase: string): Run {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onProgress: (progress) => {
      if (progress.phase === phase) controller.abort(new OperationError('interrupted', `in: ${phase}`));
    },
  };
}

const allow = { production: false, otherCluster: false };

export function restoreRequest(ports: Ports, changes: Partial<RestoreRequest> = {}): RestoreRequest {
  return {
    backup: 'latest',
    confirm: ports.target.database,
    dryRun: false,
    into: undefined,
    safetyBackup: true,
    createRoles: false,
    withoutOwners: false,
    unverified: false,
    allow,
    ...changes,
  };
}

export function clearRequest(ports: Ports, changes: Partial<ClearRequest> = {}): ClearRequest {
  return { confirm: ports.target.database, everything: false, dryRun: false, note: '', allow, ...changes };
}

export const restore = (ports: Ports, changes?: Partial<RestoreRequest>, run: Run = quietRun()) =>
  restoreBackup(ports, policy, restoreRequest(ports, changes), run);

export const clear = (ports: Ports, changes?: Partial<ClearRequest>, run: Run = quietRun()) =>
  clearDatabase(ports, policy, clearRequest(ports, changes), run);

export const undo = (ports: Ports, run: Run = quietRun()) =>
  undoLast(ports, policy, { confirm: ports.target.database, allow }, run);

/** Holds the target for a test's own steps. */
export const connectTo = (
  { target }: Ports,
  access: 'read' | 'change' = 'change',
  signal: AbortSignal = new AbortController().signal,
): Promise<Connection> => target.connect({ operation: 'test', access, signal });

/** Names of all databases with a name of ours, and the sessions of ours that are not at rest. */
export async function debris(container: TestContainer, database = 'postgres'): Promise<string[]> {
  const text = await container.sql(
    `SELECT datname FROM pg_database WHERE datname ~ '__kubegram_(shadow|scratch)_'
     UNION ALL SELECT application_name FROM pg_stat_activity WHERE application_name ~ '^kubegram-'`,
    { database },
  );
  const processes = await container.exec(['sh', '-c', toolsAtWork]);
  return [...text.split('\n'), ...processes.stdout.split('\n')].filter((line) => line !== '');
}

/** Waits until the server has noticed what was ended: sessions take a moment. */
export async function withoutDebris(container: TestContainer): Promise<string[]> {
  for (let attempt = 0; ; attempt += 1) {
    const left = await debris(container);
    if (left.length === 0 || attempt === 30) return left;
    await systemClock.sleep(100);
  }
}

/** What a folder holds, but for the lock. */
export async function filesIn({ folder }: DockerPorts): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith('.lock')).sort();
}

/** The error that something fails with, for a look at all of it. */
export async function failureOf(work: Promise<unknown>): Promise<OperationError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof OperationError) return error;
    throw error;
  }
  throw new Error('it succeeded');
}
