/** The statements of a dump that name roles. */
import { isWord } from './relation.ts';
import type { Statement } from './statement.ts';

/**
 * Whether a statement says whose something is or who may use it: `undefined` while too little of it has been
 * seen. pg_dump writes these apart from the objects themselves (`ALTER … OWNER TO`, GRANT, REVOKE, ALTER DEFAULT
 * PRIVILEGES, SET SESSION AUTHORIZATION); roles inside a policy are part of the object and stay.
 */
export function isOwnership({ first, outer }: Statement, ended: boolean): boolean | undefined {
  const unknown = ended ? false : undefined;
  const [start, next] = first;
  if (start === undefined) return unknown;
  if (isWord(start, 'grant') || isWord(start, 'revoke')) return true;
  if (isWord(start, 'set') || isWord(start, 'reset'))
    return next === undefined ? unknown : isWord(next, 'session');
  if (!isWord(start, 'alter')) return false;
  if (isWord(next, 'default')) return true;
  const owner = outer.findIndex((token) => isWord(token, 'owner'));
  return (owner > 1 && isWord(outer[owner + 1], 'to')) || unknown;
}

/** The same of a row security policy and its comment: a policy names the roles that it is for. */
export function isPolicy({ first }: Statement, ended: boolean): boolean | undefined {
  const unknown = ended ? false : undefined;
  const [start, next, last] = first;
  if (start === undefined) return unknown;
  if (isWord(start, 'create')) return next === undefined ? unknown : isWord(next, 'policy');
  if (!isWord(start, 'comment')) return false;
  return last === undefined ? unknown : isWord(last, 'policy');
}
