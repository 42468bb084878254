import { foreignKeyOf, type IndexBuild, indexBuild } from '../dump/index-build.ts';
import type { Relation } from '../dump/relation.ts';
import { statementsOf } from './definitions.ts';
import type { RawEntry } from './raw-entry.ts';

/** As much of a statement as tells it from others, in characters; a server keeps 1 kB of it (track_activity_query_size). */
export const comparedLength = 200;

/** What a load of an archive does, by the statements that pg_restore runs: it says nothing of itself, but the server does. */
export interface LoadWork {
  /** With the bytes of the rows that follow each. */
  readonly copies: readonly { readonly statement: string; readonly bytes: number }[];
  readonly builds: readonly { readonly statement: string; readonly weight: number }[];
}

/** Bytes of all rows, as COPY has them. */
export function rowBytes({ copies }: Pick<LoadWork, 'copies'>): number {
  return copies.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What an entry is to a load. */
export interface EntryWork {
  /** Its statement, cut and trimmed, for who compares it. */
  readonly statement: string;
  readonly build: IndexBuild | null;
  /** The table whose every row it looks up elsewhere. */
  readonly refers: Relation | null;
}

/** Null where it takes no time. */
export function workOf({ desc, hasData, defn, copyStmt }: RawEntry): EntryWork | null {
  if (hasData) return { statement: beginningOf(copyStmt), build: null, refers: null };
  if (!/^(INDEX|CONSTRAINT|FK CONSTRAINT)$/.test(desc)) return null;
  const [first] = statementsOf(defn);
  if (first === undefined) return null;
  return { statement: beginningOf(defn), build: indexBuild(first), refers: foreignKeyOf(first) };
}

/** A part of a long text would keep all of it in memory: four bytes are a character at most. */
function beginningOf(statement: Buffer): string {
  return compared(statement.subarray(0, 4 * comparedLength).toString());
}

/** For a comparison of statements, of which one was cut off by the server at this length. */
export function compared(statement: string): string {
  return statement.slice(0, comparedLength).trim().replace(/;$/, '');
}
