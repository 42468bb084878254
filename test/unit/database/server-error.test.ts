import { expect, test } from 'vitest';
import { OperationError } from '../../../src/core/errors.ts';
import type { Launcher } from '../../../src/database/postgres/launcher.ts';
import { brokeOffEarly, toolError } from '../../../src/database/postgres/server-error.ts';

const launcher = { user: 'me', explain: async () => undefined } as unknown as Launcher;
const errorOf = async (exitCode: number | null, stderr: string): Promise<OperationError> => {
  const error = await toolError(launcher, { exitCode, stderr, notFound: false }, 'The restore');
  if (error instanceof OperationError) return error;
  throw error;
};

test.each<[string, number | null, string]>([
  ['killed', 137, ''],
  ['silent', 1, '\n'],
  ['cut off', 2, 'psql:<stdin>:9: server closed the connection unexpectedly'],
  ['lost', 2, 'psql:<stdin>:9: error: connection to server was lost'],
  ['ended by its server', 2, 'FATAL:  terminating connection due to administrator command'],
])('a tool that was %s says that the server went away', async (_what, exitCode, stderr) => {
  expect(await errorOf(exitCode, stderr)).toMatchObject({
    code: 'unreachable',
    message: 'The database server went away in the middle of the restore.',
  });
});

test('a server that is not there yet, and one that refuses, say so', async () => {
  const door =
    'psql: error: connection to server on socket "/x" failed: server closed the connection unexpectedly';
  expect((await errorOf(2, door)).message).toBe('The database server does not answer.');
  expect((await errorOf(3, 'psql:<stdin>:1: ERROR:  no such thing.')).message).toBe(
    'The restore failed: no such thing.',
  );
});

test.each([
  'psql: error: connection to server on socket "/x" failed: FATAL:  the database system is shutting down',
  'psql: error: connection to server on socket "/x" failed: FATAL:  the database system is starting up',
  'psql: error: connection to server on socket "/x" failed: No such file or directory',
  'FATAL:  terminating connection due to administrator command',
  'it ended with code 2',
])('a first conversation is tried again while an image initialises: %s', (said) => {
  expect(brokeOffEarly(said)).toBe(true);
});

test.each(['FATAL:  role "x" does not exist', 'ERROR:  permission denied for table t'])(
  'a first conversation that was refused is not tried again: %s',
  (said) => {
    expect(brokeOffEarly(said)).toBe(false);
  },
);
