import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Client, postgresClient } from '../../src/database/postgres/client.ts';
import type { Launcher } from '../../src/database/postgres/launcher.ts';
import type { NamedRow } from '../../src/database/postgres/own-databases.ts';
import type { Session } from '../../src/database/postgres/session.ts';
import type { Ended, Invocation } from '../../src/process/process.ts';

/** What a statement is answered with, by a text that it contains; an error is thrown. */
export type Answers = readonly (readonly [holds: string, answer: unknown])[];

/** A session whose server only answers; it keeps the statements that change something, on one line each. */
export function memorySession(answers: Answers = []) {
  const done: string[] = [];
  const answer = (statement: string): unknown => {
    const found = answers.find(([holds]) => statement.includes(holds))?.[1];
    if (found instanceof Error) throw found;
    return found;
  };
  const session: Session = {
    run: async (statement) => {
      const line = statement.replaceAll(/\s+/g, ' ').trim();
      if (!line.startsWith('SELECT')) done.push(line);
      return (answer(statement) ?? []) as string[];
    },
    json: async <T>(query: string) => (answer(query) ?? []) as T,
    [Symbol.asyncDispose]: async () => {},
  };
  return { session, done };
}

/** Client tools that say what a test wants; it keeps what they were called with. */
export function memoryClient(
  stdout = '',
  exitCode = 0,
): { client: Client; started: { call: Invocation; input: string }[] } {
  const started: { call: Invocation; input: string }[] = [];
  const launcher: Launcher = {
    start: (call) => {
      const stdin = new PassThrough();
      const kept = { call, input: '' };
      started.push(kept);
      const ended = text(stdin).then((input): Ended => {
        kept.input = input;
        return { exitCode, stderr: '', notFound: false };
      });
      return { stdin, stdout: Readable.from([Buffer.from(stdout)]), ended, kill: () => {}, letEnd: () => {} };
    },
    command: (file, args, env) => ({ file, args, env }),
    user: 'postgres',
    lockWaitMs: 1000,
    explain: async () => undefined,
    check: async () => {},
  };
  return { client: postgresClient(launcher), started };
}

/** The databases with a name of ours, as the server lists them. */
export const ours = (...rows: NamedRow[]): Answers[number] => ["~ '__kubegram_(shadow", rows];
