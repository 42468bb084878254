import { Socket } from 'node:net';
import { finished, type Readable, type Writable } from 'node:stream';
import { execa, type Result } from 'execa';

/** A program and its arguments, never a shell line. Secrets go into `env`, not into `args`. */
export interface Invocation {
  file: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
}

export interface Ended {
  /** Null where a signal ended it or it never started. */
  exitCode: number | null;
  /** Where it never started: why. */
  stderr: string;
  /** The program does not exist on this machine. */
  notFound: boolean;
}

export interface Running {
  readonly stdin: Writable;
  /** To be read at once, or held until it is (`heldOutput`): what comes while nobody reads is lost. */
  readonly stdout: Readable;
  /** How it ended, however it ended; never rejects. */
  readonly ended: Promise<Ended>;
  kill(): void;
  /** Lets it end when it does: this process no longer stays for it. */
  letEnd(): void;
}

export type StartProcess = (invocation: Invocation) => Running;

/** Enough of what a tool says on standard error, of its beginning and its end, to tell why it failed; in characters. */
const stderrLimit = 32 * 1024;

/**
 * Starts a child whose output is a stream: nothing of it is kept in memory, nothing is decoded.
 *
 * The child gets a process group of its own: a Ctrl-C in the terminal reaches this process alone, which
 * ends its children in the order that keeps the data whole. `docker exec` would otherwise take the signal
 * itself, end with exit code 0 and leave pg_dump running inside the container.
 */
export const startProcess: StartProcess = ({ file, args, env = {} }) => {
  const child = execa(file, args, {
    env,
    detached: true,
    cleanup: false,
    reject: false,
    stripFinalNewline: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
  });
  let head = '';
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const room = stderrLimit - head.length;
    head += text.slice(0, room);
    tail = (tail + text.slice(room)).slice(-stderrLimit);
  });
  // A child that ends before it has read all breaks the pipe; how it ended tells more than EPIPE does.
  child.stdin.on('error', () => {});
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    ended: child.then((result) => ({
      exitCode: result.exitCode ?? null,
      stderr: head + tail || whyUnstarted(result),
      notFound: result.code === 'ENOENT',
    })),
    kill: () => void child.kill('SIGKILL'),
    letEnd: () => {
      child.nodeChildProcess.unref();
      // Their pipes would hold this process as well; the types know them as streams alone.
      for (const pipe of [child.stdin, child.stdout, child.stderr]) if (pipe instanceof Socket) pipe.unref();
    },
  };
};

/**
 * Keeps what a child says until somebody reads it. Two let it flow to nobody: execa at once (`resumeStream`, 10.0), and Node
 * when the child ends, even what was paused (`flushStdio`, child_process of 24). A listener for `readable` holds it against
 * both. `letGo` is for who will not read it after all: a child ends only when its output has.
 */
export function heldOutput(child: Running): { readonly letGo: () => void } {
  const hold = (): void => {};
  child.stdout.on('readable', hold);
  let held = true;
  return {
    letGo: () => {
      // Twice, it would stop what flows.
      if (held) child.stdout.off('readable', hold).resume();
      held = false;
    },
  };
}

/** A child that is about to end gets the time for it, in milliseconds. */
const endingMs = 2000;

/**
 * Ends a child that is not heard any more: who waits for its answers, not for its end, would wait for ever. Mostly its
 * output ends because it does.
 */
export function endUnheard(child: Running): void {
  finished(child.stdout, { writable: false }, () => void endSoon(child));
}

/** Ends a child that does not end by itself, as it is about to. */
export function endSoon(child: Running): NodeJS.Timeout {
  const timer = setTimeout(child.kill, endingMs);
  void child.ended.then(() => clearTimeout(timer));
  return timer;
}

/** Which program could not be started and why, as "spawn docker EMFILE"; nothing where it ran. */
function whyUnstarted(result: Pick<Result, 'exitCode' | 'signal' | 'originalMessage'>): string {
  return result.exitCode === undefined && result.signal === undefined ? (result.originalMessage ?? '') : '';
}

/** Runs a program whose output is small, and gives it as text. */
export async function runProcess(
  start: StartProcess,
  invocation: Invocation,
  options: { input?: string; signal?: AbortSignal } = {},
): Promise<Ended & { stdout: string }> {
  options.signal?.throwIfAborted();
  const child = start(invocation);
  options.signal?.addEventListener('abort', child.kill, { once: true });
  child.stdin.end(options.input ?? '');
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  try {
    const ended = await child.ended;
    options.signal?.throwIfAborted();
    return { ...ended, stdout: Buffer.concat(chunks).toString('utf8') };
  } finally {
    options.signal?.removeEventListener('abort', child.kill);
  }
}
