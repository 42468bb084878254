import type { Relation } from '../dump/relation.ts';
import { copyInto, forbiddenDefinition, forbiddenDrop } from './definitions.ts';
import type { RawEntry } from './raw-entry.ts';

/** Kinds whose owner pg_restore gives by what stands behind the word DROP. */
const NAMED_BY_DROP = new Set([
  'AGGREGATE',
  'FUNCTION',
  'OPERATOR',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'PROCEDURE',
]);

/** What pg_restore does not run but takes a setting out of, by its own looser rules. */
const SETTINGS: Readonly<Record<string, RegExp>> = {
  ENCODING: /^SET client_encoding = '\w+';\n$/,
  STDSTRINGS: /^SET standard_conforming_strings = 'on';\n$/,
  SEARCHPATH: /^SELECT pg_catalog\.set_config\('search_path', '', false\);\n$/,
};

interface Found {
  readonly table: Relation | null;
  readonly forbidden: string | null;
}

/** The kinds that pg_restore treats in a way of their own: it puts their texts into SQL, or into a comment, as they are. */
function forbiddenAsKind({ desc, tag, defn }: RawEntry): string | null {
  if (!/^[A-Za-z<][A-Za-z <>]*$/.test(desc)) return 'an entry of a kind that no pg_dump names so';
  const setting = SETTINGS[desc];
  if (setting !== undefined && !setting.test(defn.toString('latin1')))
    return `${desc} with an unusual setting`;
  const number = /^\d+$/.test(tag.toString('latin1'));
  if (desc === 'BLOB' && !number) return 'a large object without a number';
  // `IssueCommandPerBlob` puts each line into a call.
  if (desc === 'BLOB METADATA' && !/^(\d+\n)*\d+\n?$/.test(defn.toString('latin1')))
    return 'large objects without numbers';
  return null;
}

/** What an entry holds that none of pg_dump's does, and the table that its rows go into. */
export function forbiddenIn(entry: RawEntry): Found {
  const { desc, defn, dropStmt, copyStmt, hasData } = entry;
  const forbidden =
    forbiddenAsKind(entry) ??
    (desc === 'BLOB METADATA' ? null : forbiddenDefinition(defn)) ??
    forbiddenDrop(dropStmt, NAMED_BY_DROP.has(desc));
  if (desc === 'TABLE DATA' && hasData) {
    const copy = copyInto(copyStmt);
    return { table: copy.table, forbidden: forbidden ?? copy.forbidden };
  }
  if (copyStmt.length > 0) return { table: null, forbidden: forbidden ?? 'rows for what is no table' };
  const foreign = hasData && desc !== 'BLOBS' ? 'data of what is no table' : null;
  return { table: null, forbidden: forbidden ?? foreign };
}
