import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownerLabels } from './container-labels.ts';
import { docker, dockerOrThrow } from './docker.ts';
import { waitForServer } from './wait-for-server.ts';

const dataFolder = '/var/lib/postgresql/data';
const image = 'postgres:17';

/** A server with a disk of 200 MB in memory, which another container keeps while the server is down. */
export interface SmallServer extends AsyncDisposable {
  readonly name: string;
  sql(text: string, options?: { database?: string }): Promise<string>;
  /** Takes up room until so many kilobytes are left. At once: for the moment when an operation says its phase. */
  leaveKilobytes(left: number): void;
  makeRoom(): Promise<unknown>;
  /** Starts it again where it has stopped, and says whether it had: without room for its own files it does. */
  wake(): Promise<boolean>;
}

export async function startSmallServer(
  env: readonly string[],
  settings: readonly string[],
): Promise<SmallServer> {
  const name = `kubegram-test-${randomBytes(6).toString('hex')}`;
  const disk = `${name}-disk`;
  const labels = ownerLabels().map((label) => `--label=${label}`);
  const mount = `type=volume,volume-driver=local,volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size=200m,target=${dataFolder}`;
  const psql = ['exec', '-i', name, 'psql', '-XAtq', '-U', 'postgres', '-v', 'ON_ERROR_STOP=1', '-d'];
  const waiting = ['exec', name, 'timeout', '120', 'sh', '-c', waitForServer];
  const server: SmallServer = {
    name,
    sql: async (text, { database = 'app' } = {}) => (await dockerOrThrow([...psql, database], text)).trim(),
    leaveKilobytes: (left) => {
      const fill = `free=$(df -k --output=avail ${dataFolder} | tail -1); head -c $((free - ${left}))K /dev/zero > ${dataFolder}/filler 2>/dev/null || true`;
      execFileSync('docker', ['exec', disk, 'sh', '-c', fill]);
    },
    makeRoom: () => dockerOrThrow(['exec', disk, 'rm', '-f', `${dataFolder}/filler`]),
    wake: async () => {
      const limit = Date.now() + 60_000;
      for (let hadStopped = false; ; await sleep(100)) {
        if (Date.now() > limit) throw new Error(`${name} does not come back`);
        const running = await dockerOrThrow(['inspect', '--format={{.State.Running}}', name]);
        if (running.trim() === 'true') {
          // One that is just ending looks as if it were at work; it is waited for.
          if ((await docker(['exec', name, 'pg_isready', '-q'])).exitCode === 0) return hadStopped;
        } else await dockerOrThrow(['start', name]);
        hadStopped = true;
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const one of [name, disk]) await docker(['rm', '--force', '--volumes', one]);
    },
  };
  try {
    const held = ['run', '--detach', ...labels, `--name=${disk}`, `--mount=${mount}`];
    await dockerOrThrow([...held, '--entrypoint=sleep', image, 'infinity']);
    const own = ['--env=POSTGRES_HOST_AUTH_METHOD=trust', '--env=POSTGRES_DB=app', ...env];
    const run = ['run', '--detach', ...labels, `--name=${name}`, `--volumes-from=${disk}`, ...own, image];
    await dockerOrThrow([...run, 'postgres', '-c', 'fsync=off', ...settings]);
    await dockerOrThrow(waiting);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}
