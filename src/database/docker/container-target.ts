import { OperationError } from '../../core/errors.ts';
import type { TargetStatus } from '../../core/ports/database-facts.ts';
import type { Target } from '../../core/ports/target.ts';
import { runProcess, type StartProcess } from '../../process/process.ts';
import { type Client, postgresClient } from '../postgres/client.ts';
import { abandonWork } from '../postgres/control.ts';
import type { Launcher } from '../postgres/launcher.ts';
import { parseOwnName } from '../postgres/names.ts';
import { postgresStatus, statusFromBeside } from '../postgres/status.ts';
import { lookTag, quietSettings } from '../postgres/tool-settings.ts';
import { type ContainerFacts, requireRunning } from './container.ts';
import { dockerLauncher } from './docker-launcher.ts';
import type { WaitingShell } from './waiting-shell.ts';

export interface ContainerSettings {
  database: string | undefined;
  user: string | undefined;
  /** An engine elsewhere (DOCKER_HOST, else Docker's context) is not this machine's. */
  dockerHost: string | undefined;
  /** How long a dump waits for a table that somebody has locked, in milliseconds (FAULTS F10). */
  lockWaitMs?: number;
}

/** Looks at the container before anything is done with it; throws where it is not the one meant. */
export type Accept = (container: ContainerFacts, database: string) => void;

/** As long as PostgreSQL lets a name be. */
const nameLimit = 63;

/** The target in a container that was found; throws where the database in it cannot be the one meant. */
export function containerTarget(
  start: StartProcess,
  container: ContainerFacts,
  settings: ContainerSettings,
  signal: AbortSignal,
  accept: Accept,
  shell?: WaitingShell,
): Target {
  // As the image takes them: one that is empty counts for none.
  const owner = container.env.get('POSTGRES_USER') || 'postgres';
  const user = settings.user ?? owner;
  const database = settings.database ?? (container.env.get('POSTGRES_DB') || owner);
  if (parseOwnName(database) !== undefined) {
    throw new OperationError('refused', `${database} has the form of a database that this tool puts aside.`, {
      hint: 'Set DB_NAME to the name of your own database.',
    });
  }
  if (Buffer.byteLength(database) > nameLimit) {
    throw new OperationError(
      'configuration',
      `The name ${database} is longer than PostgreSQL's ${nameLimit} bytes.`,
      {
        hint: 'The server would cut it to another name. Set DB_NAME to the name of your database.',
      },
    );
  }
  accept(container, database);
  let local: Promise<boolean | undefined> | undefined; // asked for only by who changes something
  const clients: Client[] = [];
  const launcher = dockerLauncher(start, container.name, user, settings.lockWaitMs ?? 30_000);
  const client = (): Client => {
    const made = postgresClient(launcher);
    clients.push(made);
    return made;
  };
  return {
    kind: 'docker',
    archives: true,
    database,
    container: container.name,
    isLocal: () => (local ??= isLocal(start, settings.dockerHost, signal)),
    status: async (statusSignal) => {
      const options = { tag: lookTag, settings: lookSettings(container, user === owner) };
      const look = (by: Launcher): Promise<TargetStatus> =>
        status(container, database, postgresClient(by, options), statusSignal);
      if (shell === undefined) return look(launcher);
      try {
        return await look(shell.used(launcher));
      } catch (error) {
        // An image may have no shell; where it has no psql, Docker itself says so best.
        if (shell.failed()) return look(launcher);
        throw error;
      } finally {
        shell.letGo();
      }
    },
    connect: async (request) => {
      requireRunning(container);
      const { connectPostgres } = await import('../postgres/connection.ts'); // a look needs nothing of it
      return connectPostgres(client(), database, request);
    },
    abandon: () => clients.forEach(abandonWork),
  };
}

/** A look sets off no login trigger, where what the image says of itself lets us know that it can be said. */
function lookSettings({ env }: ContainerFacts, superuser: boolean): string {
  return quietSettings({ version: env.get('PG_MAJOR') || '0', superuser });
}

const localHost = /^(unix|npipe|fd):|^tcp:\/\/(localhost|127(\.\d+){3}|\[::1\])([:/]|$)/;

/** Where no host is named, the docker client goes where its context leads: this one, or DOCKER_CONTEXT. */
async function isLocal(
  start: StartProcess,
  dockerHost: string | undefined,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  if (dockerHost !== undefined) return localHost.test(dockerHost);
  const args = ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'];
  const { exitCode, stdout, stderr } = await runProcess(start, { file: 'docker', args }, { signal });
  if (exitCode === null) return undefined; // it was killed, or never started
  if (exitCode !== 0) return false; // what is not known to it counts as elsewhere
  const host = stdout.trim();
  return host === '' ? stderr.trim() === '' : localHost.test(host);
}

async function status(
  container: ContainerFacts,
  database: string,
  client: Client,
  signal: AbortSignal,
): Promise<TargetStatus> {
  signal.throwIfAborted();
  requireRunning(container);
  const { state, image } = container;
  const looking = { ...client, signal };
  const look = async () => {
    try {
      return await postgresStatus(looking, database);
    } catch (error) {
      if (!(error instanceof OperationError) || !/no database named|accept connections/.test(error.message))
        throw error;
      return statusFromBeside(looking, database);
    }
  };
  try {
    const seen = await look();
    client.sessions.letAllEnd(); // a psql that has answered ends by itself
    return { state, image, ...seen };
  } catch (error) {
    await client.sessions.end(); // that of a paused container does not: it is ended
    throw error;
  }
}
