import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'dotenv';
import { OperationError, reasonOf } from '../core/errors.ts';
import type { BackupSet } from '../core/ports/store.ts';
import type { Target } from '../core/ports/target.ts';
import type { Policy, Ports } from '../operations/run.ts';
import type { StartProcess } from '../process/process.ts';
import { realFiles } from '../store/files.ts';
import { folderStore } from '../store/folder-store.ts';
import { rememberedList } from '../store/remembered-list.ts';
import { systemClock } from './clock.ts';
import { type Config, readConfig } from './config.ts';
import { requireSameDatabase, urlAlone } from './database-url.ts';

export interface Wiring {
  config: Config;
  policy: Policy;
  store: Ports['store'];
  clock: Ports['clock'];
  /** The store's list, for who looks at it over and over. */
  listAgain(): Promise<BackupSet[]>;
  /** Reaches the database; only called where an operation needs it, or a mere look does. */
  connect(signal: AbortSignal, purpose?: 'look'): Promise<Ports>;
}

/**
 * The one place where ports meet their adapters.
 *
 * @param project The project's own folder: `.env`, `backups/` and the Compose file are looked for here.
 */
export function wire(
  flags: Record<string, string | undefined>,
  env: NodeJS.ProcessEnv,
  project: string,
): Wiring {
  const config = readConfig(flags, env, readEnvFile(project));
  const folder = resolve(project, config.backupFolder);
  const store = folderStore(folder, systemClock);
  return {
    config,
    store,
    clock: systemClock,
    listAgain: rememberedList(realFiles, folder),
    policy: {
      keep: config.keep,
      format: config.format,
      jobs: config.jobs,
      maxBytes: config.maxBytes,
      timeoutMs: config.timeoutMs,
      production: config.production,
      toolVersion: toolVersion(project),
    },
    connect: async (signal, purpose) => ({
      store,
      clock: systemClock,
      target: await reach(config, project, signal, purpose === 'look'),
    }),
  };
}

async function reach(config: Config, project: string, signal: AbortSignal, look: boolean): Promise<Target> {
  if (config.target === 'embedded') {
    const { embeddedTarget } = await import('../database/embedded/embedded-target.ts');
    return embeddedTarget(resolve(project, config.embeddedFolder), config.database ?? 'kubegram');
  }
  const { databaseUrl, container, database, user, dockerHost } = config;
  const settings = { container, database, user, dockerHost, folder: project, look };
  try {
    const [{ dockerTarget }, { startProcess }] = await Promise.all([
      import('../database/docker/docker-target.ts'),
      import('../process/process.ts'),
    ]);
    return await dockerTarget(startWith(startProcess, dockerHost), settings, signal, (found, name) => {
      // A stopped container publishes no ports; that it is stopped is said where it is reached for.
      if (databaseUrl !== undefined && found.state === 'running')
        requireSameDatabase(databaseUrl, found, name);
    });
  } catch (error) {
    const alone = databaseUrl !== undefined && container === undefined;
    throw alone && isNoContainer(error) ? urlAlone(error) : error;
  }
}

/** The docker client looks into the environment alone; `.env` may name the engine too. */
function startWith(start: StartProcess, dockerHost: string | undefined): StartProcess {
  if (dockerHost === undefined) return start;
  return ({ env, ...invocation }) => start({ ...invocation, env: { DOCKER_HOST: dockerHost, ...env } });
}

/** An engine that is down, in contrast, may well have the container. */
function isNoContainer(error: unknown): boolean {
  return (
    error instanceof OperationError &&
    error.code === 'unreachable' &&
    /^There is no (container|docker command)/.test(error.message)
  );
}

function readEnvFile(project: string): Record<string, string> {
  try {
    return parse(readFileSync(join(project, '.env')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new OperationError('configuration', `.env cannot be read: ${reasonOf(error)}.`, {
      hint: 'Make it a file that you may read; .env.example shows what goes into it.',
      cause: error,
    });
  }
}

function toolVersion(project: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : '';
}
