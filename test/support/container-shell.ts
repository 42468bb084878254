import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Outcome } from './docker.ts';

/**
 * Runs commands inside a container, as `docker exec -i` does, but by shells that stay: to start a program so costs
 * a tenth of the processor's time. A shell runs one command at a time; where all are at work another one is started.
 */
export interface ContainerShells {
  /** @returns Undefined where the container went away before the command ended. */
  run(command: string, input: string | Uint8Array): Promise<Outcome | undefined>;
}

/** Takes a command, a zero byte, the length of its input and that; answers "exit code, two lengths" and what it printed. */
const loop = `
cd /; folder=$(mktemp -d)
while IFS= read -r -d '' command && read -r input; do
  head -c "$input" > $folder/input
  (eval "$command") < $folder/input > $folder/out 2> $folder/errors
  echo $? $(stat -c %s $folder/out $folder/errors)
  cat $folder/out $folder/errors
done
rm -r $folder`;

export function containerShells(name: string): ContainerShells {
  const idle: Shell[] = [];
  return {
    run: async (command, input) => {
      let shell = idle.pop();
      while (shell?.ended()) shell = idle.pop(); // with its container, which may be back
      shell ??= startShell(name);
      const outcome = await shell.run(command, Buffer.from(input));
      if (outcome !== undefined) idle.push(shell);
      return outcome;
    },
  };
}

type Shell = ReturnType<typeof startShell>;

function startShell(name: string) {
  const child = spawn('docker', ['exec', '-i', name, 'bash', '-c', loop]);
  child.stdin.on('error', () => {}); // how it ended is seen in its output
  const output = reader(child);
  return {
    ended: () => child.exitCode !== null || child.signalCode !== null,
    run: async (command: string, input: Buffer): Promise<Outcome | undefined> => {
      child.stdin.write(`${command}\0${input.length}\n`);
      child.stdin.write(input);
      const head = await output.line();
      const [exitCode = 0, ...lengths] = (head ?? '').split(' ').map(Number);
      const [stdout, stderr] = [await output.bytes(lengths[0] ?? 0), await output.bytes(lengths[1] ?? 0)];
      if (head === undefined || stdout === undefined || stderr === undefined) return undefined;
      return { exitCode, stdout, stderr };
    },
  };
}

/** Gives the output of a child piece by piece; undefined once it has ended. */
function reader({ stdout }: ChildProcessWithoutNullStreams) {
  let rest = Buffer.alloc(0);
  const chunks = stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const more = async (): Promise<boolean> => {
    const { value, done } = await chunks.next();
    if (!done) rest = Buffer.concat([rest, value]);
    return !done;
  };
  const take = (length: number, left = length): string => {
    const taken = rest.toString('utf8', 0, length);
    rest = rest.subarray(left);
    return taken;
  };
  return {
    line: async (): Promise<string | undefined> => {
      while (!rest.includes('\n')) if (!(await more())) return undefined;
      const length = rest.indexOf('\n');
      return take(length, length + 1);
    },
    bytes: async (length: number): Promise<string | undefined> => {
      while (rest.length < length) if (!(await more())) return undefined;
      return take(length);
    },
  };
}
