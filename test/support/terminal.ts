import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type IPty, spawn } from '@lydell/node-pty';
import { execa } from 'execa';
import { type Env, personalEnvironment } from './terminal-environment.ts';
import { createInput, type Input } from './terminal-input.ts';
import { endMarkedProcesses, markedProcesses, sendSignal } from './terminal-processes.ts';
import { readerOf } from './terminal-reader.ts';
import { createScreen, type View } from './terminal-screen.ts';
import { type Expected, screenWaiters } from './terminal-waiters.ts';

export type { Expected };

export interface TerminalOptions {
  command: readonly string[];
  env?: Env;
  cwd?: string;
  columns?: number;
  rows?: number;
}

export interface End {
  /** As a shell says it: 128 and the number of the signal where one ended it. */
  exitCode: number;
  /** The signal that ended it; null where it exited, be it with 143. */
  signal: NodeJS.Signals | null;
}

/** The modes of the line, as `stty -g` has them, before and after the command. */
export interface Modes {
  before: string;
  after: string;
  exitCode: number;
}

/** A command in a real pseudo-terminal, and an emulated screen of what it writes there. */
export interface Terminal extends Input, View, AsyncDisposable {
  /** The command's own. */
  readonly pid: number;
  /** The moment before the command was started, as `Date.now()` says it. */
  readonly startedAt: number;
  readonly ended: Promise<End>;
  /** Known when it has ended. */
  readonly modes: Modes;
  /** Waits until the screen has it, and gives the lines of that very screen; by default for 30 s. */
  waitFor(expected: Expected, limitMs?: number): Promise<string[]>;
  /**
   * Waits until the command reads single keys. Ink draws its first frame before that: what is pressed between
   * the two is echoed by the line, and a paste has no marks.
   */
  readsKeys(limitMs?: number): Promise<void>;
  /** All that was written. */
  bytes(): string;
  /** What the terminal was left with, in words; nothing where it is as it was. Known when it has ended. */
  leftBehind(): string[];
  /** The command lines of what is running of it: the command and all that it started, wherever they are. */
  processes(): Promise<string[]>;
}

type Told = Partial<{ error: string; pid: number; startedAt: number } & Modes & End>;

/** What node-pty has, and its types have not: the name of the terminal, and this side of it. */
type Unlisted = IPty & { ptsName: string; _socket: { destroy(): void } };

const wrapper = join(import.meta.dirname, 'terminal-wrapper.js');

export async function openTerminal(options: TerminalOptions): Promise<Terminal> {
  const { command, env, cwd = process.cwd(), columns = 100, rows = 30 } = options;
  const [name, id] = ['KUBEGRAM_TEST_TERMINAL', randomBytes(8).toString('hex')];
  const mark = `${name}=${id}`;
  const pty = spawn(process.execPath, [wrapper, ...command], {
    cols: columns,
    rows,
    cwd,
    env: { ...personalEnvironment(env), [name]: id },
  });
  const started = Promise.withResolvers<{ pid: number; startedAt: number }>();
  const closed = Promise.withResolvers<{ exitCode: number; signal?: number }>();
  let result: (Modes & End) | undefined;
  let over = false;
  let written = '';
  let input: ReturnType<typeof createInput> | undefined;

  const write = (text: string): void => {
    if (!over) pty.write(text);
  };
  const emulator = createScreen(columns, rows, { onReply: write, onTold });
  const waiters = screenWaiters(emulator, () => over);

  function onTold(text: string): void {
    const { error, pid, startedAt, ...end }: Told = JSON.parse(text);
    if (error !== undefined) started.reject(new Error(`${command[0]} does not start: ${error}`));
    if (pid !== undefined && startedAt !== undefined) started.resolve({ pid, startedAt });
    if (end.exitCode === undefined) return;
    result = end as Modes & End;
    sendSignal(pty.pid, 'SIGKILL');
  }

  pty.onData((text) => {
    written += text;
    emulator.feed(text, waiters.check);
  });
  pty.onExit((exit) => emulator.feed('', () => closed.resolve(exit)));
  const ended = closed.promise.then((exit): End => {
    over = true;
    input?.stop();
    waiters.check();
    started.reject(new Error(`${command[0]} does not start:\n${emulator.screen().join('\n')}`));
    if (result !== undefined) return { exitCode: result.exitCode, signal: result.signal };
    return exit.signal ? endedBy(exit.signal) : { exitCode: exit.exitCode, signal: null };
  });

  async function dispose(): Promise<void> {
    input?.stop();
    // The wrapper comes last: it collects the command, which would stay a zombie, and tells how it ended.
    await endMarkedProcesses(mark, pty.pid);
    await ended;
    await endMarkedProcesses(mark);
  }

  const { pid, startedAt } = await started.promise.catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  const reader = readerOf(pid, pty.pid);
  input = createInput({
    write: (text) => {
      reader.writes();
      write(text);
    },
    isBusy: () => !over && reader.isBusy(),
    marksPastes: emulator.bracketedPaste,
    resize: (width, height) => {
      if (over) return;
      emulator.resize(width, height);
      pty.resize(width, height);
    },
    signal: (signal) => {
      if (result === undefined && !over) sendSignal(pid, signal);
    },
    // Its own `destroy` sends a second SIGHUP, which may meet a wrapper that is just ending.
    hangUp: () => (pty as Unlisted)._socket.destroy(),
  });

  const known = (): Modes => {
    if (result === undefined) throw new Error('This is known when the command has ended.');
    return { before: result.before, after: result.after, exitCode: result.exitCode };
  };
  return {
    ...emulator,
    ...input,
    pid,
    startedAt,
    ended,
    get modes() {
      return known();
    },
    waitFor: waiters.waitFor,
    async readsKeys(limitMs = 60_000) {
      const limit = Date.now() + limitMs;
      while (!(await isRaw((pty as Unlisted).ptsName))) {
        if (over || Date.now() > limit) throw new Error(`${command[0]} does not read single keys`);
        await sleep(5);
      }
    },
    bytes: () => withoutTold(written),
    leftBehind() {
      const { before, after } = known();
      return [...(before === after ? [] : ['modes of the line']), ...emulator.unusual()];
    },
    processes: async () => {
      const all = await markedProcesses(mark);
      return all.filter((one) => one.pid !== pty.pid).map((one) => one.commandLine);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

async function isRaw(ptsName: string): Promise<boolean> {
  const { stdout } = await execa('stty', ['-F', ptsName, '-a'], { reject: false });
  return / -icanon/.test(stdout);
}

function withoutTold(written: string): string {
  const [first = '', ...others] = written.split('\u001B]7777;');
  return first + others.map((text) => text.slice(text.indexOf('\u0007') + 1)).join('');
}

function endedBy(number: number): End {
  const found = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return { exitCode: 128 + number, signal: (found ?? 'SIGKILL') as NodeJS.Signals };
}
