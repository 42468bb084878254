import { OperationError } from '../../core/errors.ts';

/** SQL of a backup that a server refused, said for a person. */
export function loadFailure(what: string, cause: unknown): OperationError {
  if (/No space left on device/.test(what)) {
    return new OperationError('disk-full', `The server's disk is full: ${what}.`, {
      hint: 'Free some space there (docker system df shows what Docker holds). The live database was not touched.',
      cause,
    });
  }
  // Owners and grants can be left out; the roles of a policy are part of it.
  const hint = /\brole ".*" does not exist/.test(what)
    ? 'A policy of the backup names it: add --create-roles. The live database was not touched.'
    : 'The live database was not touched.';
  return new OperationError('restore-failed', `The SQL of the backup failed: ${what}.`, { hint, cause });
}
