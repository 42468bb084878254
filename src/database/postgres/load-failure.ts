import { OperationError } from '../../core/errors.ts';

/** The second is what a server says whose last block found room for its first half alone. */
const noRoom = /No space left on device|wrote only \d+ of \d+ bytes/;

/** A refusal of a server that has no room; undefined where it has another reason. */
export function serverFull(what: string, cause: unknown): OperationError | undefined {
  if (!noRoom.test(what)) return undefined;
  return new OperationError('disk-full', `The server's disk is full: ${what}.`, {
    hint: 'Free some space there (docker system df shows what Docker holds). The live database was not touched.',
    cause,
  });
}

/** SQL of a backup that a server refused, said for a person. */
export function loadFailure(what: string, cause: unknown): OperationError {
  const full = serverFull(what, cause);
  if (full !== undefined) return full;
  // Owners and grants can be left out; the roles of a policy are part of it.
  const hint = /\brole ".*" does not exist/.test(what)
    ? 'A policy of the backup names it: add --create-roles. The live database was not touched.'
    : 'The live database was not touched.';
  return new OperationError('restore-failed', `The SQL of the backup failed: ${what}.`, { hint, cause });
}
