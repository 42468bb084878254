import { isUtf8 } from 'node:buffer';
import { copyTarget } from '../../core/dump/relation.ts';
import type { Statement } from '../../core/dump/statement.ts';
import { walkDump } from '../../core/dump/walk.ts';
import { OperationError } from '../../core/errors.ts';

/** What a dump consists of for somebody who is no psql: SQL, and rows for a COPY. */
export type DumpPart = { kind: 'sql'; sql: string } | { kind: 'rows'; copy: string; rows: Buffer };

export interface DumpSplitter {
  /** Takes the next bytes of a plain dump, cut anywhere; gives what is whole by now. */
  write(chunk: Uint8Array): DumpPart[];
  end(): DumpPart[];
}

/** Splits a dump into statements and COPY rows; rows come in pieces, so that memory is bounded by a chunk. */
export function splitDump(): DumpSplitter {
  let found: DumpPart[] = [];
  /** The statement that is open: what was seen of it in earlier chunks, and where it goes on in this one. */
  let earlier: Buffer[] = [];
  let start = -1;
  let copy: string | null = null;
  let rows: Buffer[] = [];

  function emitRows(complete: boolean): void {
    const all = Buffer.concat(rows);
    const end = complete ? all.length : all.lastIndexOf(0x0a) + 1;
    rows = end < all.length ? [all.subarray(end)] : [];
    if (copy !== null && end > 0) found.push({ kind: 'rows', copy, rows: all.subarray(0, end) });
  }

  const dump = walkDump({
    span(_kind, _bytes, from, _to, _closed, statement) {
      if (statement !== null && start < 0) start = from;
    },
    ended(statement, bytes, at) {
      const sql = textOf(Buffer.concat([...earlier, bytes.subarray(start, at + 1)]), statement);
      earlier = [];
      start = -1;
      if (copyTarget(statement) !== null) copy = readingRows(sql, statement);
      else found.push({ kind: 'sql', sql });
    },
    copyData(bytes, from, to) {
      rows.push(Buffer.from(bytes.subarray(from, to)));
    },
    copyEnd() {
      emitRows(true);
      copy = null;
    },
    through(bytes, to) {
      if (start >= 0) earlier.push(Buffer.from(bytes.subarray(start, to)));
      start = -1;
      if (copy !== null) emitRows(false);
    },
    trouble() {},
  });
  const take = (): DumpPart[] => {
    const parts = found;
    found = [];
    return parts;
  };
  return {
    write: (chunk) => {
      dump.write(chunk);
      return take();
    },
    end: () => {
      dump.end();
      return take();
    },
  };
}

function textOf(bytes: Buffer, { line }: Statement): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new OperationError(
    'restore-failed',
    `The statement on line ${line} is not in UTF-8, which alone the embedded Postgres takes.`,
    {
      hint: 'The live database was not touched. Restore this backup to a server of the encoding that it has.',
    },
  );
}

/** The embedded Postgres waits for ever on stdin; rows are handed to it as a file. */
function readingRows(sql: string, { line }: Statement): string {
  const copy = sql.replace(/\bfrom\s+stdin\s*;$/i, `FROM '/dev/blob';`);
  if (copy !== sql) return copy;
  throw new OperationError(
    'restore-failed',
    `The COPY on line ${line} is not written as pg_dump writes it.`,
    {
      hint: 'The live database was not touched.',
    },
  );
}
