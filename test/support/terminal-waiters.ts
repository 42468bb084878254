import type { Screen } from './terminal-screen.ts';

/** A text in one line, a pattern over all lines, or whatever can be asked of the lines. */
export type Expected = string | RegExp | ((screen: string[]) => boolean);

interface Waiters {
  waitFor(expected: Expected, limitMs?: number): Promise<string[]>;
  /** To be called whenever the screen may have changed. */
  check(): void;
}

export function screenWaiters(screen: Screen, isOver: () => boolean): Waiters {
  const waiting = new Set<() => void>();

  function waitFor(expected: Expected, limitMs = 60_000): Promise<string[]> {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    const done = (): void => {
      clearTimeout(timer);
      waiting.delete(look);
    };
    const fail = (what: string): void => {
      done();
      reject(new Error(`${what} ${String(expected)}\n${picture(screen.screen())}`));
    };
    const look = (): void => {
      if (screen.isHalfDrawn() && !isOver()) return;
      const lines = screen.screen();
      let found: boolean;
      try {
        found = shows(lines, expected);
      } catch (error) {
        done();
        reject(error);
        return;
      }
      if (found) {
        done();
        resolve(lines);
      } else if (isOver()) fail('The command ended without');
    };
    const timer = setTimeout(() => fail(`After ${limitMs} ms the screen is without`), limitMs);
    waiting.add(look);
    look();
    return promise;
  }

  return {
    waitFor,
    check: () => {
      for (const look of [...waiting]) look();
    },
  };
}

function shows(lines: string[], expected: Expected): boolean {
  if (typeof expected === 'function') return expected(lines);
  if (typeof expected === 'string') return lines.some((line) => line.includes(expected));
  return lines.join('\n').search(expected) >= 0;
}

function picture(lines: string[]): string {
  const last = lines.findLastIndex((line) => line !== '');
  const frame = '─'.repeat(20);
  return [`┌${frame}`, ...lines.slice(0, last + 1).map((line) => `│${line}`), `└${frame}`].join('\n');
}
