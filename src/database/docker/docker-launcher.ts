import { OperationError } from '../../core/errors.ts';
import type { StartProcess } from '../../process/process.ts';
import type { Launcher } from '../postgres/launcher.ts';
import { inspectContainer, requireRunning } from './container.ts';
import { dockerError, isDockerFailure } from './docker-error.ts';

/**
 * Runs client tools inside the container: nothing but Docker is needed on the host, and the tools always
 * match the server. Never with a TTY, which would turn LF into CRLF (FAULTS F8).
 */
export function dockerLauncher(
  start: StartProcess,
  container: string,
  user: string,
  lockWaitMs: number,
): Launcher {
  const check = async (): Promise<void> => requireRunning(await inspectContainer(start, container));
  return {
    start,
    user,
    lockWaitMs,
    check,
    command: (tool, args, env) => ({
      file: 'docker',
      args: ['exec', '-i', ...variables(env), container, tool, ...args],
    }),
    explain: async (ended) => {
      try {
        await check();
      } catch (error) {
        return error instanceof OperationError ? error : undefined;
      }
      return isDockerFailure(ended) ? dockerError(ended, container) : undefined;
    },
  };
}

function variables(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
}
