import { isWord } from './relation.ts';
import type { Statement } from './statement.ts';

const WORDS = ['create', 'extension', 'if', 'not', 'exists'];

/** What goes before the `;` of a CREATE EXTENSION so that it makes the given version; null: leave the statement alone. */
export function versionClause(statement: Statement, versions: ReadonlyMap<string, string>): Buffer | null {
  const { outer, outerCount } = statement;
  if (!WORDS.every((word, at) => isWord(outer[at], word))) return null;
  const named =
    outerCount === 6 || (outerCount === 9 && isWord(outer[6], 'with') && isWord(outer[7], 'schema'));
  const version = named ? versions.get(outer[5]?.text ?? '') : undefined;
  return version === undefined ? null : Buffer.from(` VERSION '${version.replaceAll("'", "''")}'`);
}
