import { Kind, type LexerSink } from './elements.ts';
import { lexer } from './lexer.ts';
import { copyTarget } from './relation.ts';
import { type Statement, statementTracker } from './statement.ts';

/** What a reader of dumps is told while the dump goes by. Nothing is told twice, nothing is left out. */
export interface DumpVisitor {
  /** A part of an element outside COPY data. `statement` is the one it belongs to, null between statements. */
  span(
    kind: Kind,
    bytes: Buffer,
    from: number,
    to: number,
    closed: boolean,
    statement: Statement | null,
  ): void;
  /** The statement that ended with the `;` at this place, which was just handed over. */
  ended(statement: Statement, bytes: Buffer, at: number): void;
  copyData(bytes: Buffer, from: number, to: number, rows: number): void;
  copyEnd(bytes: Buffer, from: number, to: number): void;
  through(bytes: Buffer, to: number): void;
  trouble(what: string, line: number, offset: number): void;
}

export interface DumpWalk {
  write(chunk: Uint8Array): void;
  /** Nothing follows. What is still open, if anything: a whole dump leaves nothing open. */
  end(): Kind | 'copy' | 'statement' | null;
  readonly line: number;
  readonly offset: number;
}

/** Leads a visitor through a dump: elements, statements and the COPY data between them. */
export function walkDump(visitor: DumpVisitor): DumpWalk {
  let copyBegun = false;

  const sink: LexerSink = {
    span(kind, bytes, from, to, closed) {
      if (copyBegun) {
        // psql takes the data from the next line on and runs the rest of this line after it: nobody writes that.
        if (kind !== Kind.space)
          visitor.trouble('more on the line of a COPY … FROM stdin', dump.line, dump.offset);
        else if (bytes.subarray(from, to).includes(0x0a)) copyBegun = false;
      }
      const ended = statements.span(kind, bytes, from, to, closed);
      visitor.span(kind, bytes, from, to, closed, ended ?? statements.current);
      if (ended === null) return;
      visitor.ended(ended, bytes, from);
      if (copyTarget(ended) === null) return;
      copyBegun = true;
      dump.copyFollows();
    },
    copyData: (bytes, from, to, rows) => visitor.copyData(bytes, from, to, rows),
    copyEnd: (bytes, from, to) => visitor.copyEnd(bytes, from, to),
    through: (bytes, to) => visitor.through(bytes, to),
    trouble: (what, line, offset) => visitor.trouble(what, line, offset),
  };
  const dump = lexer(sink);
  const statements = statementTracker(dump);

  return {
    write: (chunk) => dump.write(chunk),
    end: () => dump.end() ?? (statements.current === null ? null : 'statement'),
    get line() {
      return dump.line;
    },
    get offset() {
      return dump.offset;
    },
  };
}
