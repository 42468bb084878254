import { OperationError } from '../../core/errors.ts';
import { runProcess, type StartProcess } from '../../process/process.ts';
import type { Launcher } from '../postgres/launcher.ts';
import { inspectContainer, requireRunning } from './container.ts';
import { dockerError, isDockerFailure, isUnheardFailure } from './docker-error.ts';

/** Docker 20.10 may block for ever where a container is paused while something is started in it. */
const answerLimitMs = 5000;

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
  /** What Docker says where it is heard: of psql, which is started first and which the others come with. */
  const whyUnheard = async (): Promise<Error | undefined> => {
    const args = ['exec', '--', container, 'psql', '--version'];
    const signal = AbortSignal.timeout(answerLimitMs);
    try {
      const { stdout, ...ended } = await runProcess(start, { file: 'docker', args }, { signal });
      if (ended.exitCode === 0) return undefined; // it passed by
      return dockerError({ ...ended, stderr: ended.stderr + stdout }, container);
    } catch (error) {
      if (signal.aborted) return undefined; // it does not answer, which is no reason to be told
      throw error;
    }
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
      if (isUnheardFailure(ended)) return whyUnheard();
      return isDockerFailure(ended) ? dockerError(ended, container) : undefined;
    },
  };
}

function variables(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
}
