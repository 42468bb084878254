import { afterEach, describe, expect, it, vi } from 'vitest';
import { lockTarget } from '../../src/database/postgres/control.ts';
import type { Session } from '../../src/database/postgres/session.ts';
import { poll } from '../../src/ui/tui/poll.ts';
import { never } from '../support/store-sets.ts';

const hour = 3_600_000;
const day = 24 * hour;

afterEach(() => {
  vi.useRealTimers();
});

describe('the wait for the server’s lock', () => {
  /** A server whose lock is free at the n-th question; the clock jumps while each is answered. */
  function serverWithLock(freeAt: number, jumpMs: number): { session: Session; asked(): number } {
    let asked = 0;
    const session: Session = {
      run: async (statement) => {
        if (!statement.includes('pg_try_advisory_lock')) return [];
        vi.setSystemTime(Date.now() + jumpMs);
        asked++;
        return [asked >= freeAt ? 't' : 'f'];
      },
      json: () => Promise.reject(new Error('Nothing asks for that.')),
      [Symbol.asyncDispose]: async () => {},
    };
    return { session, asked: () => asked };
  }
  const request = { operation: 'test', access: 'change', signal: never } as const;

  it('goes on although the clock is set a day forward', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { session, asked } = serverWithLock(3, day);
    expect(await lockTarget(session, 'kubegram', request)).toBe(true);
    expect(asked()).toBe(3);
  });

  it('ends although the clock is set back again and again', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { session } = serverWithLock(200, -hour);
    await expect(lockTarget(session, 'kubegram', request)).rejects.toMatchObject({
      code: 'busy',
      message: 'Another operation is at work on the database kubegram.',
    });
  });
});

describe('the menu’s look at the database', () => {
  it.each([day, -day])(
    'that hangs is told soon, although the clock jumped by %d ms before',
    async (jumpMs) => {
      vi.useFakeTimers();
      const closing = new AbortController();
      let looks = 0;
      const silences: number[] = [];
      const look = (): Promise<void> => {
        looks++;
        if (looks > 1) return new Promise(() => {});
        vi.setSystemTime(Date.now() + jumpMs);
        return Promise.resolve();
      };
      const silent = (since: number): void => void silences.push(since);
      poll({ look, everyMs: 1500, silent, now: Date.now }, closing.signal);
      await vi.advanceTimersByTimeAsync(2900);
      expect([looks, silences.length]).toEqual([2, 0]);
      await vi.advanceTimersByTimeAsync(200);
      expect(silences).toHaveLength(1);
      closing.abort();
    },
  );
});
