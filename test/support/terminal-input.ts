import { bytesOf } from './terminal-keys.ts';

/** What somebody does at a terminal: done in the order of the calls, keys a little apart, as fingers do it. */
export interface Input {
  /** Each a write of its own: `down`, `enter`, `ctrl+c`, `C`. */
  press(...keys: string[]): void;
  /** Character by character. */
  type(text: string): void;
  /** All in one write and without marks: what is typed faster than it is sent. */
  burst(text: string): void;
  /** In one write, between the marks of a paste where the command has asked for them. */
  paste(text: string): void;
  resize(columns: number, rows: number): void;
  /** To the command alone, not to its group. */
  signal(signal: NodeJS.Signals): void;
  /** Closes the window: the command loses its terminal, and gets a SIGHUP. */
  hangUp(): void;
  /** All of it is done, and the pause after it is over. */
  idle(): Promise<void>;
}

interface Means {
  /** The command may not have read yet what was written. */
  isBusy(): boolean;
  write(text: string): void;
  marksPastes(): boolean;
  resize(columns: number, rows: number): void;
  signal(signal: NodeJS.Signals): void;
  hangUp(): void;
}

const keyPauseMs = 10;
// Who reads keys waits for what may follow an escape: Ink 8 for 20 ms.
const escapePauseMs = 60;
const busyPauseMs = 2;
const patienceMs = 1000;

export function createInput(means: Means): Input & { stop(): void } {
  const { act, idle, stop } = actInTurn(means.isBusy);
  return {
    press(...keys) {
      for (const key of keys) {
        const bytes = bytesOf(key);
        act(() => means.write(bytes), key === 'escape' ? escapePauseMs : keyPauseMs);
      }
    },
    type(text) {
      for (const character of text) act(() => means.write(character), keyPauseMs);
    },
    burst: (text) => act(() => means.write(text), keyPauseMs),
    paste(text) {
      // A terminal pastes line ends as the Enter key sends them.
      const pasted = text.replaceAll(/\r?\n/g, '\r');
      const whole = (): string => (means.marksPastes() ? `\u001B[200~${pasted}\u001B[201~` : pasted);
      act(() => means.write(whole()), keyPauseMs);
    },
    resize: (columns, rows) => act(() => means.resize(columns, rows)),
    signal: (signal) => act(() => means.signal(signal)),
    hangUp: () => act(() => means.hangUp()),
    idle,
    stop,
  };
}

interface Turns {
  act(action: () => void, pauseMs?: number): void;
  idle(): Promise<void>;
  stop(): void;
}

/**
 * One thing after the other, each after the pause of the one before; at once where nothing waits. The next
 * waits longer for a command that is busy: it would read both as one.
 */
function actInTurn(isBusy: () => boolean): Turns {
  const waiting: { action: () => void; pauseMs: number }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const later = (pauseMs: number, patience: number): void => {
    timer = setTimeout(() => {
      if (patience > 0 && isBusy()) later(busyPauseMs, patience - busyPauseMs);
      else next();
    }, pauseMs);
  };
  const next = (): void => {
    timer = undefined;
    const turn = waiting.shift();
    if (turn === undefined) return;
    turn.action();
    if (turn.pauseMs === 0) next();
    else later(turn.pauseMs, patienceMs);
  };
  const act: Turns['act'] = (action, pauseMs = 0) => {
    waiting.push({ action, pauseMs });
    if (timer === undefined) next();
  };
  return {
    act,
    idle: () => new Promise((resolve) => act(resolve)),
    stop() {
      clearTimeout(timer);
      timer = undefined;
      next();
    },
  };
}
