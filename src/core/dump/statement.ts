/** Follows the statements of a dump as psql cuts them: by semicolons outside parentheses and BEGIN ATOMIC bodies. */
import { isUtf8 } from 'node:buffer';
import { COLON } from './bytes.ts';
import { Kind } from './elements.ts';

/** A word in lower case, a quoted name or text without its quotes, or one other character. */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'mark';
  readonly text: string;
}

/** What is kept of a statement: enough to tell what it is, however long it is. */
export interface Statement {
  /** 1-based, of its first token */
  readonly line: number;
  /** in bytes, of its first token */
  readonly offset: number;
  /** its first tokens */
  readonly first: readonly Token[];
  /** its first tokens outside parentheses, the outer parentheses among them */
  readonly outer: readonly Token[];
  /** how many tokens outside parentheses it has, kept or not */
  readonly outerCount: number;
  /** the first token after a semicolon inside it that cannot begin a statement of a function body or rule */
  readonly stranger: Token | null;
}

export interface StatementTracker {
  /** Takes one part of an element. Answers with the statement that ended with it, at its `;`. */
  span(kind: Kind, bytes: Buffer, from: number, to: number, closed: boolean): Statement | null;
  /** The statement that is open; null between statements. */
  readonly current: Statement | null;
}

const FIRST_KEPT = 8;
const OUTER_KEPT = 48;
/** Names have 63 bytes, 126 with every one a doubled quote. What is longer is no name, and its end tells nothing. */
const TOKEN_KEPT = 1024;

/** What may follow a semicolon inside a BEGIN ATOMIC body or the action list of a rule. COPY would start COPY data unseen. */
const INNER_STARTS = new Set(
  'select insert update delete merge with values table return end notify ; ( )'.split(' '),
);

const ROUTINE = /^create (or replace )?(function|procedure)( |$)/;

/** Printable ASCII needs no look at the encoding. */
const OTHERWISE = /[^ -~]/;

/** Names may be in any encoding of the server: as UTF-8 where that is valid, else byte by byte, so that none are confused. */
function decode(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString('latin1', from, to);
  return OTHERWISE.test(text) && isUtf8(bytes.subarray(from, to)) ? bytes.toString('utf8', from, to) : text;
}

/** One token for each mark: most tokens are marks. */
const MARKS: readonly Token[] = Array.from({ length: 256 }, (_, byte) => ({
  kind: 'mark',
  text: String.fromCharCode(byte),
}));
const OTHER_MARK: Token = { kind: 'mark', text: '$$' };

/** Only ASCII is folded, as PostgreSQL does for names. */
function fold(word: string): string {
  return OTHERWISE.test(word)
    ? word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    : word.toLowerCase();
}

function toToken(kind: Kind, raw: Buffer, from: number, to: number): Token {
  switch (kind) {
    case Kind.mark:
      return MARKS[raw[from] ?? 0] ?? OTHER_MARK;
    case Kind.word:
    case Kind.number:
      return { kind: 'word', text: fold(decode(raw, from, to)) };
    case Kind.name:
      return { kind: 'name', text: decode(raw, from + 1, to - 1).replaceAll('""', '"') };
    case Kind.text:
      return { kind: 'text', text: decode(raw, from + 1, to - 1).replaceAll("''", "'") };
    default:
      return OTHER_MARK;
  }
}

interface Draft {
  line: number;
  offset: number;
  first: Token[];
  outer: Token[];
  outerCount: number;
  stranger: Token | null;
}

export function statementTracker(at: { readonly line: number; readonly offset: number }): StatementTracker {
  let draft: Draft | null = null;
  let parentheses = 0;
  let begins = 0;
  let routine = false;
  let words: string[] = [];
  let afterInnerSemicolon = false;
  let parts: Buffer[] = [];
  let kept = 0;
  let sigil = 0;
  let variable = false;

  function open(): Draft {
    parentheses = 0;
    begins = 0;
    routine = false;
    words = [];
    afterInnerSemicolon = false;
    return { line: at.line, offset: at.offset, first: [], outer: [], outerCount: 0, stranger: null };
  }

  /** psql's own heuristic: in CREATE FUNCTION or PROCEDURE, semicolons between BEGIN and END do not end the statement. */
  function followRoutine(word: string): void {
    if (words.length < 4) {
      words.push(word);
      routine = words[0] === 'create' && ROUTINE.test(words.join(' '));
    }
    if (!routine || parentheses > 0) return;
    if (word === 'begin' || (word === 'case' && begins > 0)) begins += 1;
    if (word === 'end' && begins > 0) begins -= 1;
  }

  /** How much of `:` or `:{?`, after which psql sees the name of a variable of its own and no word, was just seen. */
  function sigilAfter(kind: Kind, byte: number | undefined): number {
    if (kind !== Kind.mark) return 0;
    if (byte === COLON) return sigil === 1 ? 0 : 1; // two of them are a cast
    if (byte === 0x7b && sigil === 1) return 2;
    return byte === 0x3f && sigil === 2 ? 3 : 0;
  }

  function followMark(mark: string): boolean {
    if (mark === '(') parentheses += 1;
    if (mark === ')' && parentheses > 0) parentheses -= 1;
    if (mark !== ';') return false;
    if (parentheses === 0 && begins === 0) return true;
    afterInnerSemicolon = true;
    return false;
  }

  function keep(statement: Draft, token: Token, outside: boolean): void {
    if (afterInnerSemicolon && token.text !== ';') {
      afterInnerSemicolon = false;
      const starts = token.kind !== 'name' && token.kind !== 'text' && INNER_STARTS.has(token.text);
      if (!starts) statement.stranger ??= token;
    }
    if (statement.first.length < FIRST_KEPT) statement.first.push(token);
    if (!outside) return;
    statement.outerCount += 1;
    if (statement.outer.length < OUTER_KEPT) statement.outer.push(token);
  }

  /** Whether anything is to be learnt from a token, beyond that there is one. */
  function isWanted(statement: Draft, kind: Kind): boolean {
    if (kind === Kind.mark || afterInnerSemicolon || statement.first.length < FIRST_KEPT) return true;
    if (kind === Kind.word && (routine || words.length < 4)) return true;
    return parentheses === 0 && statement.outer.length < OUTER_KEPT;
  }

  /** Puts the parts of an element together, as much of it as is of use; null until its last part. */
  function gather(bytes: Buffer, from: number, to: number, closed: boolean): Buffer | null {
    const take = Math.min(to - from, TOKEN_KEPT - kept);
    if (take > 0) parts.push(Buffer.from(bytes.subarray(from, from + take)));
    kept += take;
    if (!closed) return null;
    const whole = Buffer.concat(parts);
    parts = [];
    kept = 0;
    return whole;
  }

  function take(statement: Draft, kind: Kind, bytes: Buffer, from: number, to: number): Statement | null {
    const wasOutside = parentheses === 0;
    if (!isWanted(statement, kind)) {
      if (wasOutside) statement.outerCount += 1;
      return null;
    }
    const token = toToken(kind, bytes, from, Math.min(to, from + TOKEN_KEPT));
    if (kind === Kind.word && !variable) followRoutine(token.text);
    if (kind === Kind.mark && followMark(token.text)) {
      draft = null;
      return statement;
    }
    keep(statement, token, wasOutside || parentheses === 0);
    return null;
  }

  return {
    span(kind, bytes, from, to, closed) {
      if (kept === 0) {
        variable = sigil === 1 || sigil === 3;
        sigil = sigilAfter(kind, bytes[from]);
      }
      if (kind === Kind.space || kind === Kind.lineComment || kind === Kind.blockComment) return null;
      if (kind === Kind.command) return null;
      draft ??= open();
      if (closed && parts.length === 0) return take(draft, kind, bytes, from, to);
      const whole = gather(bytes, from, to, closed);
      return whole === null ? null : take(draft, kind, whole, 0, whole.length);
    },
    get current() {
      return draft;
    },
  };
}
