import { randomBytes } from 'node:crypto';
import { ownerLabels } from './container-labels.ts';
import { containerShells } from './container-shell.ts';
import { docker, dockerOrThrow, type Outcome } from './docker.ts';
import { copyPrepared, preparedData } from './prepared-data.ts';
import { shellWords } from './shell-words.ts';
import { waitForServer } from './wait-for-server.ts';

export interface TestContainer {
  readonly name: string;
  readonly major: 15 | 17;
  readonly database: string;
  readonly user: string;
  /** Runs SQL through psql and returns its trimmed output, unaligned and without headers. */
  sql(text: string, options?: { database?: string }): Promise<string>;
  /** Creates a pristine database (from template0, as a restore needs it). */
  createDatabase(name: string): Promise<void>;
  exec(argv: string[], options?: { input?: string | Uint8Array }): Promise<Outcome>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface StartOptions {
  major?: 15 | 17;
  database?: string;
  user?: string;
  name?: string;
  env?: Record<string, string>;
  /** Further arguments of the server, such as `-c`, `max_connections=20`. */
  args?: string[];
  /** Its data lie in the image's volume and outlive a stop of the container. */
  survives?: boolean;
  /** A cluster of its own, initialised by the image. */
  fresh?: boolean;
}

/** Starts a throw-away server. `await using` removes it at the end of the block. */
export async function startPostgres(options: StartOptions = {}): Promise<TestContainer> {
  const { major = 17, database = 'kubegram', user = 'postgres' } = options;
  const name = options.name ?? `kubegram-test-${randomBytes(6).toString('hex')}`;
  const env = Object.entries({
    POSTGRES_USER: user,
    POSTGRES_DB: database,
    POSTGRES_HOST_AUTH_METHOD: 'trust',
    POSTGRES_INITDB_ARGS: '--no-sync',
    ...options.env,
  }).map(([variable, value]) => `--env=${variable}=${value}`);
  const image = `postgres:${major}`;
  const prepared = user === 'postgres' && !options.fresh && !options.env;
  const started = prepared
    ? [
        `--volume=${await preparedData(image, trusting)}:/prepared:ro`,
        '--entrypoint=bash',
        image,
        '-c',
        copyPrepared,
        'bash',
      ]
    : [image];
  await dockerOrThrow([
    'run',
    '--detach',
    `--name=${name}`,
    ...ownerLabels().map((label) => `--label=${label}`),
    '--shm-size=256m',
    // In memory: hardly anything here has to survive, and the image's anonymous volume would.
    ...(options.survives ? [] : ['--tmpfs=/var/lib/postgresql/data']),
    ...env,
    ...started,
    ...['postgres', '-c', 'fsync=off', ...(options.args ?? [])],
  ]);
  const container = describeContainer({ name, major, database, user });
  await waitUntilReady(container, prepared).catch(async (cause: unknown) => {
    const { stdout, stderr } = await docker(['logs', '--tail=40', name]);
    await container[Symbol.asyncDispose]();
    throw new Error(`postgres:${major} did not start:\n${stdout}${stderr}`, { cause });
  });
  return container;
}

type Identity = Pick<TestContainer, 'name' | 'major' | 'database' | 'user'>;

function describeContainer(identity: Identity): TestContainer {
  const { name, user } = identity;

  const shells = containerShells(name);

  async function sql(text: string, { database = identity.database }: { database?: string } = {}) {
    // The name goes through the environment: `-d` would read "a=b" as a connection string.
    const settings = `PGDATABASE=${shellWords(database)} PGUSER=${shellWords(user)}`;
    const ended = await shells.run(`${settings} exec psql -XAtq -v ON_ERROR_STOP=1 -f -`, text);
    if (ended?.exitCode !== 0) throw new Error(`psql in ${name} failed: ${ended?.stderr.trim() ?? gone}`);
    return ended.stdout.trim();
  }

  return {
    ...identity,
    sql,
    async createDatabase(created) {
      const quoted = `"${created.replaceAll('"', '""')}"`;
      await sql(`CREATE DATABASE ${quoted} TEMPLATE template0;`, { database: 'template1' });
    },
    exec: async (argv, { input = '' } = {}) =>
      (await shells.run(shellWords(...argv), input)) ?? { exitCode: 137, stdout: '', stderr: gone },
    async [Symbol.asyncDispose]() {
      await docker(['rm', '--force', '--volumes', name]);
    },
  };
}

const trusting = ['--env=POSTGRES_HOST_AUTH_METHOD=trust', '--env=POSTGRES_INITDB_ARGS=--no-sync'];

const gone = 'the container went away';

/** The loop runs inside, because each `docker exec` alone costs 60 ms. */
async function waitUntilReady(container: TestContainer, prepared: boolean): Promise<void> {
  const waited = await container.exec(['timeout', '60', 'sh', '-c', waitForServer]);
  if (waited.exitCode === 124) throw new Error('no answer within 60 s');
  if (waited.exitCode !== 0) throw new Error(`the container ended (${waited.exitCode}) ${waited.stderr}`);
  if (!prepared || container.database === 'postgres') await container.sql('SELECT 1;');
  else await container.createDatabase(container.database);
}
