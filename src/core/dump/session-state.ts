/** Statements that act on the session that runs them, and not on the database alone. */
import { isMark, isWord } from './relation.ts';
import type { Statement } from './statement.ts';

/** Whether a statement of which only the beginning is known may turn out to be a setting. */
export function maySet({ first }: Pick<Statement, 'first'>): boolean {
  const [start, schema, , called] = first;
  if (start === undefined || isWord(start, 'set', 'reset')) return true;
  if (!isWord(start, 'select')) return false;
  return (
    (schema === undefined || isWord(schema, 'pg_catalog')) &&
    (called === undefined || isWord(called, 'set_config'))
  );
}

/** SET, RESET, and `SELECT pg_catalog.set_config(…)`, by which pg_dump sets the search path. */
export function isSetting({ first }: Pick<Statement, 'first'>): boolean {
  if (isWord(first[0], 'set', 'reset')) return true;
  if (!isWord(first[0], 'select') || !isWord(first[1], 'pg_catalog') || !isMark(first[2], '.')) return false;
  return isWord(first[3], 'set_config');
}

/** Whether a setting may be made in every session: one that calls something, or more behind it, does that once. */
export function isPlainSetting({ first }: Pick<Statement, 'first'>, text: Buffer): boolean {
  if (!isWord(first[0], 'select')) return true;
  return /^\s*select\s+pg_catalog\.set_config\('\w+', '[^'\\]*', (?:true|false)\);$/i.test(
    text.toString('latin1'),
  );
}

/** Whether a transaction is open behind this statement, where one was open, or was not, before it. */
export function inTransactionAfter({ first }: Pick<Statement, 'first'>, before: boolean): boolean {
  if (isWord(first[0], 'begin', 'start')) return true;
  // With anything behind it (AND CHAIN, TO a savepoint) the next one is open at once, or this one still is.
  const ends = isWord(first[0], 'commit', 'end', 'rollback', 'abort') && first.length === 1;
  return before && !ends;
}
