/** What a dump is made of, for whoever reads or follows it. */

/** Kinds of elements outside COPY data. */
export const Kind = {
  space: 0,
  word: 1,
  number: 2,
  /** one byte that is none of the others: an operator's character, a parenthesis, a semicolon */
  mark: 3,
  /** from two dashes to the line end, which is not part of it */
  lineComment: 4,
  blockComment: 5,
  /** `"…"` */
  name: 6,
  /** `'…'`, without the E that may stand before it */
  text: 7,
  dollarText: 8,
  /** a backslash command of psql, to its line end, which is part of it */
  command: 9,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Everything that happens in a dump, in order; every byte is handed over exactly once. */
export interface LexerSink {
  /** A part of one element; `closed` with its last part (which may be empty). A command has its line end with it. */
  span(kind: Kind, bytes: Buffer, from: number, to: number, closed: boolean): void;
  /** COPY data, and how many rows ended in it. */
  copyData(bytes: Buffer, from: number, to: number, rows: number): void;
  /** The line `\.`. */
  copyEnd(bytes: Buffer, from: number, to: number): void;
  /** All of `bytes` before `to` was handed over; the memory may be reused from here on. */
  through(bytes: Buffer, to: number): void;
  /** Something that two readers of this dump could read differently, and that no dump holds. */
  trouble(what: string, line: number, offset: number): void;
}

export interface Lexer {
  write(chunk: Uint8Array): void;
  /** Nothing follows. Answers with what is still open: an element, `copy`, or null. */
  end(): Kind | 'copy' | null;
  /** To be called at a `;`: COPY data begins on the next line. */
  copyFollows(): void;
  /** Where the element now being handed over begins: the 1-based line, and the offset in bytes. */
  readonly line: number;
  readonly offset: number;
}
