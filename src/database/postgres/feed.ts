import { randomBytes } from 'node:crypto';
import { OperationError } from '../../core/errors.ts';
import { drainedOr } from '../../process/drained.ts';
import { type Ended, endUnheard, type Invocation, type Running } from '../../process/process.ts';
import type { Client } from './client.ts';
import { loadFailure } from './load-failure.ts';
import { serverMessage, toolError } from './server-error.ts';
import { watchPlace } from './watch.ts';

/**
 * SQL on its way into a psql that stops at the first error. That psql ends with code 0 proves nothing about the end
 * of its input: it takes a cut stream for a complete one (DESIGN, fact 1). So it has to answer a last question.
 */
export interface Feed {
  /** Hands on what comes next; rejects with the server's error where the psql has ended. */
  write(sql: Uint8Array): Promise<void>;
  /**
   * Waits until all that was written is done, which has to end with a whole statement.
   *
   * @param line Where the last statement stands in what is loaded, for the error.
   */
  done(line?: number): Promise<void>;
  /** Nothing follows: waits until all is done, and is proven to be. */
  end(): Promise<void>;
}

/** @param leftOut how many lines before the present one its psql was not given, for the errors */
export type OpenFeed = (invocation: Invocation, leftOut?: () => number) => Feed;

/** Lets somebody open feeds. The end of one that failed, of their place or of the operation is the end of all. */
export async function feeding(
  client: Client,
  signal: AbortSignal,
  work: (open: OpenFeed) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted();
  const children: { kill(): void }[] = [];
  const killAll = (): void => {
    for (const child of children) child.kill();
  };
  signal.addEventListener('abort', killAll, { once: true });
  const watch = watchPlace(client.launcher, killAll);
  const failure = async (ended: Ended, place: Place): Promise<Error> => {
    if (watch.lost !== undefined) return watch.lost;
    if (ended.exitCode !== 0) return loadError(client, ended, place);
    return (await client.launcher.explain(ended)) ?? endedEarly();
  };
  try {
    await work((invocation, leftOut = () => 0) => {
      signal.throwIfAborted();
      const child = client.launcher.start(invocation);
      children.push(child);
      return feed(child, { signal, failure, leftOut });
    });
    signal.throwIfAborted();
  } catch (error) {
    killAll();
    signal.throwIfAborted(); // why it was given up tells more than that a stream broke off
    throw error;
  } finally {
    watch.stop();
    signal.removeEventListener('abort', killAll);
  }
}

interface Circumstances {
  signal: AbortSignal;
  failure(ended: Ended, place: Place): Promise<Error>;
  leftOut(): number;
}

function feed(child: Running, { signal, failure, leftOut }: Circumstances): Feed {
  let token = '';
  let said = '';
  let heard = Promise.withResolvers<void>();
  let asked = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2 * token.length - 1);
    if (answered()) heard.resolve();
  });
  endUnheard(child);
  let ended: Ended | undefined;
  const ending = child.ended.then((result) => {
    ended = result;
    return result;
  });
  const answered = (): boolean => said.endsWith(`${token}\n`);
  const question = (): string => {
    token = `the end ${randomBytes(8).toString('hex')}`;
    said = '';
    heard = Promise.withResolvers<void>();
    // psql keeps a SELECT's answer back until its output is full or at its end, a COPY's it hands on at once.
    return `COPY (SELECT '${token}') TO STDOUT;\n`;
  };
  // What was asked about is done, so an error lies behind all questions, of two lines each.
  const place = (line: number): number => line - 2 * asked + leftOut();

  return {
    write: async (sql) => {
      signal.throwIfAborted();
      if (ended !== undefined) throw await failure(ended, place);
      if (!child.stdin.write(sql)) await drainedOr(ending, child.stdin);
    },
    done: async (line) => {
      signal.throwIfAborted();
      // No `;` before it: behind a COPY FROM stdin an empty statement makes psql 17 take all that follows for data.
      child.stdin.write(`\n${question()}`);
      const end = await Promise.race([heard.promise, ending]);
      if (end !== undefined) throw await failure(end, line === undefined ? place : () => line);
      asked += 1;
    },
    end: async () => {
      // What was cut off in the middle of a statement ends with it.
      child.stdin.end(`\n;${question()}`);
      const end = await ending;
      if (end.exitCode !== 0 || !answered()) throw await failure(end, place);
    },
  };
}

function endedEarly(): OperationError {
  return new OperationError('restore-failed', 'The load ended before all of the SQL had arrived.', {
    hint: 'Try again. The live database was not touched.',
  });
}

/** The line of what is loaded, by the one that psql names. */
type Place = (line: number) => number;

async function loadError(client: Client, ended: Ended, placeOf: Place): Promise<Error> {
  const error = await toolError(client.launcher, ended, 'The restore');
  if (!(error instanceof OperationError) || error.code !== 'failed') return error;
  const place = /^psql:[^:]*:(\d+): ERROR: {1,2}(.*?)\.?$/m.exec(ended.stderr);
  const what = place
    ? `${place[2]} (line ${placeOf(Number(place[1]))} of what was loaded)`
    : serverMessage(ended.stderr);
  return loadFailure(what, error.cause);
}
