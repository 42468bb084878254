import type { Invocation } from '../../process/process.ts';
import type { Launcher } from './launcher.ts';
import { type KillableSession, openSession } from './session.ts';

/** Where SQL is to run: the psql that connects there, and what tells a psql of the same settings to go there. */
export interface WorkPlace {
  invocation: Invocation;
  /** The same for every database: who has these settings can go from one to the other. */
  settings: string;
  /** The argument of psql's `\connect`. */
  conninfo: string;
}

/**
 * The psqls of one operation that stay for its next question, one for each kind of settings. To start one inside a
 * container costs 60 ms and more, to connect one that is there to another database 5, a question 1.
 */
export interface WorkSessions {
  /**
   * Runs SQL at a place; gives what it printed, line by line. A psql ends at its first error, and the next use starts
   * another.
   */
  run(place: WorkPlace, sql: string, doing: string, signal?: AbortSignal): Promise<string[]>;
  /** Takes all of them out of the databases that they are in, which may then be renamed or dropped, to this one. */
  leave(home: WorkPlace): Promise<void>;
  /** Ends all and waits until they have ended. */
  end(): Promise<void>;
}

interface Working {
  session: KillableSession;
  at: string;
  /** Questions that are not answered yet. */
  asked: number;
  idle?: NodeJS.Timeout;
}

/**
 * Who has no question for this long leaves, in milliseconds: while a session sits in it, nobody can drop, rename or
 * copy a database. PostgreSQL waits 5 s for those to go (CountOtherDBBackends), so nobody is refused for ours.
 */
const idleMs = 1000;

export function workSessions(launcher: Launcher): WorkSessions {
  const open = new Map<string, Working>();
  const leaving = new Set<Promise<void>>();

  const letGo = (settings: string, working: Working): void => {
    clearTimeout(working.idle);
    if (open.get(settings) === working) open.delete(settings);
    const ending = Promise.resolve(working.session[Symbol.asyncDispose]()).finally(() =>
      leaving.delete(ending),
    );
    leaving.add(ending);
  };

  const reach = ({ invocation, settings, conninfo }: WorkPlace): [Working, string] => {
    const working = open.get(settings);
    if (working === undefined) {
      const opened = { session: openSession(launcher, invocation), at: conninfo, asked: 0 };
      open.set(settings, opened);
      return [opened, ''];
    }
    clearTimeout(working.idle);
    const change = working.at === conninfo ? '' : `\\connect -reuse-previous=on ${quoted(conninfo)}\n`;
    working.at = conninfo;
    return [working, change];
  };

  const sessions: WorkSessions = {
    run: async (place, sql, doing, signal) => {
      signal?.throwIfAborted();
      const [working, change] = reach(place);
      const { session } = working;
      const givenUp = Promise.withResolvers<never>();
      const giveUp = (): void => {
        session.kill();
        givenUp.reject(signal?.reason);
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      working.asked += 1;
      try {
        const answer = await Promise.race([session.run(change + sql, doing), givenUp.promise]);
        signal?.throwIfAborted(); // it may have been killed behind its answer
        return answer;
      } catch (error) {
        letGo(place.settings, working);
        throw error;
      } finally {
        signal?.removeEventListener('abort', giveUp);
        working.asked -= 1;
        if (working.asked === 0 && open.get(place.settings) === working) {
          working.idle = setTimeout(letGo, idleMs, place.settings, working);
        }
      }
    },
    leave: async (home) => {
      for (const [settings, working] of open) {
        if (working.at === home.conninfo) continue;
        // Where it cannot go there, it has ended.
        await sessions.run({ ...home, settings }, 'SELECT', 'Leaving the database').catch(() => {});
      }
    },
    end: async () => {
      for (const [settings, working] of open) letGo(settings, working);
      await Promise.all(leaving);
    },
  };
  return sessions;
}

/** An argument of `\connect`, which is read twice: as one of psql's in single quotes, and then as a name of SQL's in double ones. */
function quoted(text: string): string {
  const escapes: Record<string, string> = {
    '\\': '\\\\',
    "'": "''",
    '"': '""',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
  };
  return `'"${text.replaceAll(/[\\'"\n\r\t]/g, (character) => escapes[character] ?? character)}"'`;
}
