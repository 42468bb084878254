import { quoteIdentifier } from '../../core/identifiers.ts';
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
  /** Takes all of them home, out of the databases that they are in, which may then be renamed or dropped. */
  leave(): Promise<void>;
  /** Ends all and waits until they have ended. */
  end(): Promise<void>;
  /** Ends all, of whom nothing more is asked; they are not waited for. A `docker exec` takes 20 ms to end. */
  letAllEnd(): void;
}

interface Working {
  session: KillableSession;
  /** Where it is. */
  at: WorkPlace;
  /** Questions that are not answered yet. */
  asked: number;
  idle?: NodeJS.Timeout;
}

/**
 * Who has no question for this long goes home, in milliseconds: while a session sits in it, nobody can drop, rename or
 * copy a database. PostgreSQL waits 5 s for those to go (CountOtherDBBackends), so nobody is refused for ours.
 */
const idleMs = 1000;

/** @param home The `\connect` argument of a database that nobody renames or drops. */
export function workSessions(launcher: Launcher, home: string): WorkSessions {
  const open = new Map<string, Working>();
  const leaving = new Set<Promise<void>>();

  const letGo = (working: Working): void => {
    clearTimeout(working.idle);
    const { settings } = working.at;
    if (open.get(settings) === working) open.delete(settings);
    const ending = Promise.resolve(working.session[Symbol.asyncDispose]()).finally(() =>
      leaving.delete(ending),
    );
    leaving.add(ending);
  };

  const reach = (place: WorkPlace): [Working, string] => {
    const working = open.get(place.settings);
    if (working === undefined) {
      const opened = { session: openSession(launcher, place.invocation), at: place, asked: 0 };
      open.set(place.settings, opened);
      return [opened, ''];
    }
    clearTimeout(working.idle);
    // `\connect` reads its argument as a name of SQL's, behind psql's own reading of it.
    const there = working.at.conninfo === place.conninfo;
    working.at = place;
    return [
      working,
      there ? '' : `\\connect -reuse-previous=on ${psqlQuoted(quoteIdentifier(place.conninfo))}\n`,
    ];
  };

  const goHome = async ({ at }: Working): Promise<void> => {
    if (at.conninfo === home) return;
    // Where it cannot go there, it has ended.
    await sessions.run({ ...at, conninfo: home }, 'SELECT', 'Leaving the database').catch(() => {});
  };

  const sessions: WorkSessions = {
    run: async (place, sql, doing, signal) => {
      signal?.throwIfAborted();
      const [working, change] = reach(place);
      const { session } = working;
      const givenUp = Promise.withResolvers<never>();
      let waits = true;
      const waitNoMore = (): void => {
        if (waits) working.asked -= 1;
        waits = false;
      };
      const giveUp = (): void => {
        waitNoMore();
        if (working.asked === 0) session.kill(); // else somebody else waits for an answer of it
        givenUp.reject(signal?.reason);
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      working.asked += 1;
      try {
        const answer = await Promise.race([session.run(change + sql, doing), givenUp.promise]);
        signal?.throwIfAborted(); // it may have been killed behind its answer
        return answer;
      } catch (error) {
        if (waits || working.asked === 0) letGo(working);
        throw error;
      } finally {
        signal?.removeEventListener('abort', giveUp);
        waitNoMore();
        if (working.asked === 0 && open.get(place.settings) === working) {
          working.idle = setTimeout(goHome, idleMs, working);
        }
      }
    },
    leave: async () => {
      for (const working of open.values()) await goHome(working);
    },
    letAllEnd: () => {
      for (const { idle, session } of open.values()) {
        clearTimeout(idle);
        session.letEnd();
      }
      open.clear();
    },
    end: async () => {
      for (const working of open.values()) letGo(working);
      await Promise.all(leaving);
    },
  };
  return sessions;
}

/** An argument of a command of psql's. */
export function psqlQuoted(text: string): string {
  const escapes: Record<string, string> = {
    '\\': '\\\\',
    "'": "''",
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
  };
  return `'${text.replaceAll(/[\\'\n\r\t]/g, (character) => escapes[character] ?? character)}'`;
}
