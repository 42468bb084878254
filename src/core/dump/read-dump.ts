import { createHash } from 'node:crypto';
import { asBuffer, LF } from './bytes.ts';
import { frame, HEAD_KEPT, openAtEnd, restrictLine, wrongHead } from './closing.ts';
import { Kind } from './elements.ts';
import { forbiddenStatement } from './forbidden.ts';
import { foreignKeyOf, indexBuild } from './index-build.ts';
import { type LaterWork, noLaterWork, withStatement } from './later-work.ts';
import { copyTarget, insertTarget, type Relation } from './relation.ts';
import { sieve } from './sieve.ts';
import { tableTally } from './table-tally.ts';
import { type DumpVisitor, walkDump } from './walk.ts';

/** A table whose rows are in the dump, and exactly how many. Real names, without quotes. */
export interface DumpTable {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
}

export interface DumpFacts extends LaterWork {
  /** Whether this is a plain dump from its first to its last byte. */
  readonly complete: boolean;
  /** Why not, in words that go after "the dump is incomplete: "; null when it is complete. */
  readonly incompleteBecause: string | null;
  /** In the order of the dump; tables without rows are there if the dump has an (empty) COPY for them. */
  readonly tables: readonly DumpTable[];
  readonly rows: number;
  /** `sha256:` and the digest of all bytes but the `\restrict` and `\unrestrict` lines: equal content, equal digest. */
  readonly contentDigest: string;
  readonly bytes: number;
  /** The first thing that may not be in a dump, on which 1-based line, and what it is, in words. */
  readonly forbidden: { readonly line: number; readonly what: string } | null;
}

export interface DumpReader {
  /** Takes the next bytes of the plain dump, cut anywhere. They are not kept. */
  write(chunk: Uint8Array): void;
  /** Rows seen so far. */
  readonly rows: number;
  /** Bytes taken so far. */
  readonly bytes: number;
  end(): DumpFacts;
}

/** As much of a comment as tells the closing comment from others. */
const COMMENT_KEPT = 64;
const PLAIN_NAME = /^[\w.]+$/;

/** Keeps the first finding by place in the dump: they are not all found in that order. */
function firstFinding() {
  let first: { what: string; line: number; offset: number } | null = null;
  return {
    report(what: string, line: number, offset: number) {
      if (first === null || offset < first.offset) first = { what, line, offset };
    },
    get: (): DumpFacts['forbidden'] => first && { line: first.line, what: first.what },
  };
}

function inWords({ schema, name }: Relation): string {
  const full = schema === '' ? name : `${schema}.${name}`;
  return PLAIN_NAME.test(full) ? full : JSON.stringify(full);
}

/**
 * Reads a plain dump as it goes by and tells, at its end, what is in it: each table's rows, whether it is whole, and
 * whether psql may be given it. Memory is bounded whatever the dump holds.
 */
export function readDump(): DumpReader {
  const hash = createHash('sha256');
  const content = sieve();
  const tables = tableTally();
  const findings = firstFinding();
  const ends = frame();
  let bytesSeen = 0;
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let comment = '';
  let copyInto: Relation | null = null;
  let later = noLaterWork;

  function command(bytes: Buffer, from: number, to: number): void {
    const text = bytes.subarray(from, to);
    const line = dump.offset === 0 || lineStart ? restrictLine(text) : null;
    if (line !== null && ends.restrict(line)) {
      content.leaveOut(bytes, from, to);
      return;
    }
    const name = /^\\[A-Za-z!?.+-]{0,20}/.exec(text.toString('latin1', 0, 24))?.[0] ?? '\\';
    findings.report(`the psql command ${name}`, dump.line, dump.offset);
    ends.other();
  }

  function lineComment(bytes: Buffer, from: number, to: number, closed: boolean): void {
    comment += bytes.toString('latin1', from, Math.min(to, from + COMMENT_KEPT - comment.length));
    if (!closed) return;
    ends.comment(comment);
    comment = '';
  }

  let lineStart = true;
  const visitor: DumpVisitor = {
    span(kind, bytes, from, to, closed, statement) {
      if (kind === Kind.command) command(bytes, from, to);
      else if (kind === Kind.lineComment && statement === null) lineComment(bytes, from, to, closed);
      else if (kind !== Kind.space && kind !== Kind.lineComment) ends.other();
      if (to > from) lineStart = bytes[to - 1] === LF;
    },
    ended(statement) {
      // To psql 17.11 it is the COPY before it once more, and failed: it passes over all up to the next end of data, silently.
      const repeats = copyInto !== null && statement.first.length === 0;
      const what = repeats ? 'an empty statement after COPY data' : forbiddenStatement(statement);
      if (what !== null) findings.report(what, statement.line, statement.offset);
      copyInto = copyTarget(statement);
      const target = copyInto ?? insertTarget(statement);
      if (target !== null) tables.add(target, copyInto === null ? 1 : 0);
      else {
        const work = { build: indexBuild(statement), refers: foreignKeyOf(statement) };
        later = withStatement(later, work, tables.bytesOf);
      }
    },
    copyData(_bytes, from, to, rows) {
      if (copyInto !== null) tables.add(copyInto, rows, to - from);
    },
    copyEnd(bytes, from, to) {
      // psql accepts it, pg_dump does not write it: something translated the line ends, in the data too.
      if (to - from > 3) findings.report('COPY data with changed line ends', dump.line, dump.offset);
      lineStart = bytes[to - 1] === LF;
    },
    through(bytes, to) {
      content.through(bytes, to);
      for (const part of content.take()) hash.update(part);
    },
    trouble: (what, line, offset) => findings.report(what, line, offset),
  };
  const dump = walkDump(visitor);

  function keepEnds(chunk: Buffer): void {
    if (head.length < HEAD_KEPT) head = Buffer.concat([head, chunk.subarray(0, HEAD_KEPT - head.length)]);
    tail = Buffer.concat([tail.subarray(-1), chunk.subarray(-2)]).subarray(-2);
  }

  function incompleteBecause(open: ReturnType<typeof dump.end>): string | null {
    const wrong = wrongHead(head);
    if (wrong !== null) return wrong;
    if (open !== null) return openAtEnd(open, copyInto === null ? 'a table' : inWords(copyInto));
    const missing = ends.missing();
    if (missing !== null) return missing;
    // pg_dump ends every dump with an empty line, so a dump that lost even one byte shows it.
    return tail.toString('latin1') === '\n\n' ? null : 'its last line is cut';
  }

  return {
    write(chunk) {
      const bytes = asBuffer(chunk);
      bytesSeen += bytes.length;
      keepEnds(bytes);
      dump.write(bytes);
    },
    get rows() {
      return tables.rows();
    },
    get bytes() {
      return bytesSeen;
    },
    end() {
      const because = incompleteBecause(dump.end());
      return {
        complete: because === null,
        incompleteBecause: because,
        tables: tables.list(),
        rows: tables.rows(),
        contentDigest: `sha256:${hash.digest('hex')}`,
        bytes: bytesSeen,
        ...later,
        forbidden: findings.get(),
      };
    },
  };
}
