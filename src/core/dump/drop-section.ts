/** What belongs to the DROP section of a `--clean --if-exists` dump. */
import { isMark, isWord } from './relation.ts';
import type { Statement } from './statement.ts';

/** The last statement before the DROP section. */
export function endsPreamble({ first }: Statement): boolean {
  return isWord(first[0], 'set') && isWord(first[1], 'row_security');
}

/** A statement of the preamble: SETs, and the empty search_path. */
export function isPreamble({ first }: Statement): boolean {
  return isWord(first[0], 'set') || isWord(first[0], 'select');
}

/**
 * Whether a statement is one of the DROP section: `undefined` while too little of it has been seen. Everything else ends
 * the section, so what is not known is kept and never lost. Besides DROP, pg_dump writes ALTER … DROP for constraints
 * and defaults, lo_unlink for large objects, and, for views that depend on each other, an empty view to drop them by.
 */
export function isOfDropSection({ first, outer }: Statement, ended: boolean): boolean | undefined {
  const unknown = ended ? false : undefined;
  const start = first[0];
  if (start === undefined) return unknown;
  if (isWord(start, 'drop')) return true;
  if (isWord(start, 'alter')) return outer.slice(2).some((token) => isWord(token, 'drop')) || unknown;
  if (isWord(start, 'create')) {
    if (first.length < 4) return unknown;
    return isWord(first[1], 'or') && isWord(first[2], 'replace') && isWord(first[3], 'view');
  }
  if (isWord(start, 'select')) {
    if (first.length < 4) return unknown;
    return isWord(first[1], 'pg_catalog') && isMark(first[2], '.') && isWord(first[3], 'lo_unlink');
  }
  return false;
}

/** A comment that pg_dump writes in the place of a DROP SCHEMA. */
export const NOT_DROPPING = '-- *not* dropping schema';
