import type { Invocation } from '../../process/process.ts';
import type { Launcher } from './launcher.ts';
import { type KillableSession, openSession } from './session.ts';

/**
 * The psqls of one operation that stay for its next question. To start one inside a container costs 60 ms and
 * more; a question to one that is there already, two.
 */
export interface WorkSessions {
  /**
   * Runs SQL by the psql of this invocation, which is started at the first use; gives what it printed, line by line.
   * It ends at the first error, and the next use starts another.
   */
  run(invocation: Invocation, sql: string, doing: string, signal?: AbortSignal): Promise<string[]>;
  /** Lets all of them go, without waiting: a database that somebody is in can neither be renamed nor be dropped. */
  leave(): void;
  /** Settles when all that were let go have ended. */
  gone(): Promise<void>;
}

export function workSessions(launcher: Launcher): WorkSessions {
  const open = new Map<string, KillableSession>();
  const leaving = new Set<Promise<void>>();

  const letGo = (key: string, session: KillableSession): void => {
    if (open.get(key) === session) open.delete(key);
    const ending = Promise.resolve(session[Symbol.asyncDispose]()).finally(() => leaving.delete(ending));
    leaving.add(ending);
  };

  return {
    run: async (invocation, sql, doing, signal) => {
      signal?.throwIfAborted();
      const key = JSON.stringify(invocation);
      const session = open.get(key) ?? openSession(launcher, invocation, doing);
      open.set(key, session);
      signal?.addEventListener('abort', session.kill, { once: true });
      try {
        return await session.run(sql);
      } catch (error) {
        letGo(key, session);
        signal?.throwIfAborted();
        throw error;
      } finally {
        signal?.removeEventListener('abort', session.kill);
      }
    },
    leave: () => {
      for (const [key, session] of open) letGo(key, session);
    },
    gone: async () => {
      await Promise.all(leaving);
    },
  };
}
