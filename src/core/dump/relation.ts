import type { Statement, Token } from './statement.ts';

/** A table as a dump names it: real names, without quotes. Dumps of before 2018 name no schema: it is empty then. */
export interface Relation {
  readonly schema: string;
  readonly name: string;
}

interface Parsed {
  readonly relation: Relation;
  /** the place of the first token after the name */
  readonly next: number;
}

function isName(token: Token | undefined): token is Token {
  return token?.kind === 'word' || token?.kind === 'name';
}

/** `name` or `schema.name`, from a place in the statement. */
function relationAt(tokens: readonly Token[], at: number): Parsed | null {
  const first = tokens[at];
  if (!isName(first)) return null;
  if (!isMark(tokens[at + 1], '.')) return { relation: { schema: '', name: first.text }, next: at + 1 };
  const second = tokens[at + 2];
  if (!isName(second)) return null;
  return { relation: { schema: first.text, name: second.text }, next: at + 3 };
}

/** Whether a token is this keyword, written without quotes. */
export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text);
}

/** Whether a token is this character. */
export function isMark(token: Token | undefined, mark: string): boolean {
  return token?.kind === 'mark' && token.text === mark;
}

/** The table of `COPY table [(columns)] FROM stdin`; null for every other statement, other kinds of COPY too. */
export function copyTarget(statement: Statement): Relation | null {
  const { outer } = statement;
  if (!isWord(outer[0], 'copy')) return null;
  const parsed = relationAt(outer, 1);
  if (parsed === null) return null;
  let at = parsed.next;
  if (isMark(outer[at], '(') && isMark(outer[at + 1], ')')) at += 2;
  const fromStdin = isWord(outer[at], 'from') && isWord(outer[at + 1], 'stdin');
  return fromStdin && statement.outerCount === at + 2 ? parsed.relation : null;
}

/** The table `schema.name` at a place in a statement, and the place after it; null where no schema is named. */
export function qualifiedAt(tokens: readonly Token[], at: number): Parsed | null {
  const parsed = relationAt(tokens, at);
  return parsed === null || parsed.relation.schema === '' ? null : parsed;
}

/** The table of `INSERT INTO table …`; null for every other statement. */
export function insertTarget(statement: Statement): Relation | null {
  const { outer } = statement;
  if (!isWord(outer[0], 'insert') || !isWord(outer[1], 'into')) return null;
  return relationAt(outer, 2)?.relation ?? null;
}
