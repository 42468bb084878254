import type { Ended, Running, StartProcess } from '../../process/process.ts';
import type { Launcher } from '../postgres/launcher.ts';

/**
 * A shell in the container that waits to be told which tool it is to become. `docker exec` takes a tenth of a second; by then
 * the engine has said what container it is, and a look need not wait for the one behind the other.
 */
export interface WaitingShell {
  /** The same launcher, whose first tool is what the shell becomes. */
  used(launcher: Launcher): Launcher;
  /** Whether it could not become what it was told to, or was never there. */
  failed(): boolean;
  /** Ends it, where it is still waiting. */
  letGo(): void;
}

// `read` takes its own line from the pipe and no more: what follows is the tool's.
const becoming = 'IFS= read -r line && eval "exec env $line"';

export function waitingShell(start: StartProcess, container: string): WaitingShell {
  const shell = start({ file: 'docker', args: ['exec', '-i', '--', container, 'sh', '-c', becoming] });
  let waiting = true;
  let end: Ended | undefined;
  void shell.ended.then((ended) => {
    end = ended;
  });
  const tell = (line: string): Running => {
    waiting = false;
    shell.stdin.write(`${line}\n`);
    return shell;
  };
  return {
    used: (launcher) => ({
      ...launcher,
      command: (file, args, env) => ({ file, args, env }),
      start: ({ file, args, env = {} }) => {
        const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
        const line = [...variables, file, ...args].map(shellQuoted).join(' ');
        // A name may hold the end of a line, which the shell would take for the end of this one.
        return waiting && !line.includes('\n')
          ? tell(line)
          : launcher.start(launcher.command(file, args, env));
      },
    }),
    failed: () => end?.exitCode === cannotRun || end?.exitCode === notFound,
    letGo: () => {
      if (!waiting) return;
      waiting = false;
      shell.stdout.resume(); // a child ends only when its output has
      shell.kill(); // the shell meets the end of its input then, and has nothing in hand
    },
  };
}

/** The exit codes of sh, env and the docker client for what cannot be run. */
const cannotRun = 126;
const notFound = 127;

function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
