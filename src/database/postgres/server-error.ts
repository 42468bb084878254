import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '../../core/errors.ts';
import type { Ended } from '../../process/process.ts';
import type { Launcher } from './launcher.ts';
import { serverFull } from './load-failure.ts';

/** A refusal to connect that goes away by waiting: the server starts, or its socket is not there yet. */
const starting =
  /the database system is (starting up|shutting down|not yet accepting|in recovery)|connection refused|no such file or directory|server closed the connection unexpectedly/i;

function isStarting(stderr: string): boolean {
  // Who was let in and put out again did not come too early.
  return starting.test(stderr) && !stderr.includes('terminating connection due to administrator command');
}

/**
 * Whether a first conversation broke off as it does while an image initialises: its first server lets one in
 * and ends, with everybody in it, before the real one starts.
 *
 * @param said What the tool said, or how it ended where it said nothing.
 */
export function brokeOffEarly(said: string): boolean {
  return starting.test(said) || lost.test(said) || /administrator command|^it ended with code/.test(said);
}

/** The server, or the container with it, ended under a tool: it was killed, or its connection was. */
function wentAway({ exitCode, stderr, notFound }: Ended): boolean {
  if (notFound) return false;
  if (exitCode === killed || stderr.trim() === '') return true;
  if (stderr.includes('terminating connection due to administrator command')) return true;
  return lost.test(stderr) && !/connection to server .* failed:/.test(stderr); // that is at the door
}

const lookAgainMs = 300;

/** As a shell reports SIGKILL. */
const killed = 137;
const lost =
  /server closed the connection|connection to server was lost|terminating connection because of crash|no connection to the server/i;

/** Why a client tool ended, as one of our errors; the tool's own words are the cause. */
export async function toolError(launcher: Launcher, ended: Ended, doing: string): Promise<Error> {
  const cause = new Error(ended.stderr.trim() || `it ended with code ${ended.exitCode}`);
  const elsewhere = await launcher.explain(ended);
  if (elsewhere !== undefined) return elsewhere;
  if (wentAway(ended)) {
    // The engine may know a moment later only that the container went, and not the server alone.
    await sleep(lookAgainMs);
    const later = await launcher.explain(ended);
    if (later !== undefined) return later;
    const what = doing.slice(0, 1).toLowerCase() + doing.slice(1);
    return new OperationError('unreachable', `The database server went away in the middle of ${what}.`, {
      hint: 'Its log says why. Try again once it answers; what was left half done is put in order then.',
      cause,
    });
  }
  return (
    connectError(ended.stderr, launcher.user, cause) ??
    serverFull(serverMessage(ended.stderr), cause) ??
    new OperationError('failed', `${doing} failed: ${serverMessage(ended.stderr)}.`, {
      hint: hintFor(ended.stderr),
      cause,
    })
  );
}

function hintFor(stderr: string): string {
  return stderr.includes('out of shared memory')
    ? 'Raise max_locks_per_transaction of the server: a dump locks every table at once.'
    : 'Try again; if it stays, the log of the server says more. What was left half done is put in order then.';
}

/** A refusal by the server at the door; undefined where the failure is another. */
export function connectError(stderr: string, user: string, cause: unknown): OperationError | undefined {
  const missing = /FATAL: {2}database "(.*)" does not exist/s.exec(stderr);
  if (missing) {
    return new OperationError('unreachable', `There is no database named ${missing[1]} on this server.`, {
      hint: 'Set DB_NAME to the right name, or bring a backup back: npm run restore',
      cause,
    });
  }
  if (/FATAL: {2}role ".*" (does not exist|is not permitted to log in)/.test(stderr)) {
    return new OperationError('unreachable', `The server has no role ${user} that may log in.`, {
      hint: 'Set DB_USER to the role that the database was made with (POSTGRES_USER of the container).',
      cause,
    });
  }
  if (
    /FATAL: {2}(password authentication failed|no pg_hba\.conf entry|Peer authentication failed|.*authentication failed)/.test(
      stderr,
    )
  ) {
    return new OperationError('unreachable', `The server does not let the role ${user} in.`, {
      hint: 'Local connections inside the container must be trusted, as the official image sets it up.',
      cause,
    });
  }
  if (/FATAL: {2}database ".*" is not currently accepting connections/s.test(stderr)) {
    return new OperationError('unreachable', 'The database does not accept connections just now.', {
      hint: 'If another operation is swapping it, try again in a second.',
      cause,
    });
  }
  if (isStarting(stderr)) {
    return new OperationError('unreachable', 'The database server does not answer.', {
      hint: 'It may still be starting: try again in a few seconds.',
      cause,
    });
  }
  return undefined;
}

/** The first error of a tool's output, without its prefix and its place. */
export function serverMessage(stderr: string): string {
  const line = /(?:ERROR|FATAL|PANIC): {1,2}(.*)/.exec(stderr)?.[1] ?? /error: (.*)/.exec(stderr)?.[1];
  const message = (line ?? (stderr.trim().split('\n', 1)[0] || 'no reason was given')).replace(/\.$/, '');
  return message.length > messageLimit ? `${message.slice(0, messageLimit)} …` : message;
}

/** In characters: a statement that names ten thousand tables is no sentence. */
const messageLimit = 300;
