import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { OperationError } from '../../core/errors.ts';
import { endSoon, endUnheard, type Invocation, type Running } from '../../process/process.ts';
import { parseAnswer } from './answer.ts';
import type { Launcher } from './launcher.ts';
import { serverFull } from './load-failure.ts';
import { toolError } from './server-error.ts';

/** A statement that the server refused; the session goes on. */
export class SqlError extends OperationError {
  readonly sqlState: string;

  constructor(message: string, sqlState: string) {
    super('failed', message, { hint: hintFor(sqlState) });
    this.sqlState = sqlState;
  }
}

const insufficientPrivilege = '42501';

function hintFor(sqlState: string): string {
  return sqlState === insufficientPrivilege
    ? 'The role lacks a right that this needs: set DB_USER to the role that the database was made with.'
    : `The server refused a statement (SQLSTATE ${sqlState}); its log says more. Look at what is there: npm run db:status`;
}

/** One psql that stays: statements go in one by one, each answer comes back whole. */
export interface Session extends AsyncDisposable {
  /**
   * Runs one statement; gives its rows as text, one line each.
   *
   * @param doing What it is for, as the error says it where the session itself ends.
   */
  run(statement: string, doing?: string): Promise<string[]>;
  /** Runs a query of one row with one JSON column. */
  json<T>(query: string): Promise<T>;
}

/** One that can be ended in the middle of whatever it does; what it runs on the server goes on. */
export interface KillableSession extends Session {
  kill(): void;
  /** Ends it, once it has answered; nobody waits for that, not even this process. */
  letEnd(): void;
}

/** While a statement is silent for this long, its place is looked at: a paused container never answers. */
const silenceMs = 3000;

export function openSession(launcher: Launcher, invocation: Invocation): KillableSession {
  const child = launcher.start(invocation);
  const token = randomBytes(8).toString('hex');
  const answers = readAnswers(child, token);
  endUnheard(child);
  let last: Promise<unknown> = Promise.resolve();

  const run = async (statement: string, doing: string): Promise<string[]> => {
    child.stdin.write(request(statement, token));
    const answer = await watched(launcher, Promise.race([answers.next(), child.ended.then(() => undefined)]));
    if (answer === undefined) {
      throw await toolError(launcher, await child.ended, doing);
    }
    if (answer.failure !== undefined) throw new SqlError(answer.failure.message, answer.failure.sqlState);
    return answer.lines;
  };

  const session: KillableSession = {
    run: (statement, doing = 'The conversation with the server') => {
      const answer = last.then(() => run(statement, doing));
      last = answer.catch(() => {});
      return answer;
    },
    kill: child.kill,
    letEnd: () => {
      child.stdin.end();
      child.letEnd();
      endSoon(child).unref();
    },
    json: async <T>(query: string) => parseAnswer<T>((await session.run(query)).join('\n')),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end(); // psql ends at the end of its input, and its locks with it
      endSoon(child);
      await child.ended;
    },
  };
  return session;
}

function request(statement: string, token: string): string {
  return [
    statement,
    ';',
    '\\if :ERROR',
    `\\echo !${token} :SQLSTATE`,
    '\\echo :LAST_ERROR_MESSAGE',
    '\\endif',
    `\\echo =${token}`,
    '',
  ].join('\n');
}

interface Answer {
  lines: string[];
  failure?: { message: string; sqlState: string };
}

function readAnswers(child: Running, token: string): { next(): Promise<Answer> } {
  const lines = linesOf(child.stdout);
  const never = new Promise<never>(() => {});
  return {
    next: async () => {
      const answer: Answer = { lines: [] };
      let sqlState: string | undefined;
      for (;;) {
        const { value, done } = await lines.next();
        if (done) return never; // the child's end tells the rest
        if (value === `=${token}`) break;
        if (value.startsWith(`!${token}`)) sqlState = value.slice(token.length + 2);
        else answer.lines.push(value);
      }
      if (sqlState !== undefined) answer.failure = { message: answer.lines.join('\n'), sqlState };
      return answer;
    },
  };
}

/** Lines as psql ends them: readline would take U+2028 in a comment or a name for the end of one, too. */
async function* linesOf(output: Readable): AsyncGenerator<string, undefined> {
  let rest = '';
  try {
    for await (const text of output.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch {
    // How the child ended tells more than that its output broke off.
  }
}

/** Waits for an answer, and looks every few seconds whether there is still somebody to give one. */
async function watched<T>(launcher: Launcher, answer: Promise<T>): Promise<T> {
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<'silence'>((resolve) => {
      timer = setTimeout(resolve, silenceMs, 'silence');
    });
    try {
      const first = await Promise.race([answer.then((value) => ({ value })), silence]);
      if (first !== 'silence') return first.value;
      await launcher.check();
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A refusal of the server in the middle of an operation, said for a person. */
export function sqlFailure(error: unknown, doing: string): unknown {
  if (!(error instanceof SqlError)) return error;
  const { hint, message } = error;
  const full = serverFull(message, error);
  if (full !== undefined) return full;
  const details = hint === undefined ? {} : { hint };
  return new OperationError('failed', `${doing} failed: ${message}.`, { ...details, cause: error });
}
