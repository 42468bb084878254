import { OperationError } from '../../core/errors.ts';
import { type Ended, runProcess, type StartProcess } from '../../process/process.ts';
import type { Launcher } from '../postgres/launcher.ts';
import { inspectContainer, requireRunning } from './container.ts';
import { dockerError, isDockerFailure, isUnheardFailure } from './docker-error.ts';

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
  /** What Docker says where it is heard, of the program that is started first and that the others come with. */
  const startPsqlAgain = async (): Promise<Ended> => {
    const args = ['exec', '--', container, 'psql', '--version'];
    const { stdout, stderr, ...ended } = await runProcess(start, { file: 'docker', args });
    return { ...ended, stderr: stderr + stdout };
  };
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
      const told = isUnheardFailure(ended) ? await startPsqlAgain() : ended;
      return isDockerFailure(told) ? dockerError(told, container) : undefined;
    },
  };
}

function variables(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
}
