import { lookThroughCopyData } from '../dump/copy-data.ts';

/** What the rows of one table turned out to be. */
export interface CopyRows {
  readonly rows: number;
  /** Why the data is not whole, in words that follow its name; null: it is. */
  readonly missing: string | null;
  /** What may not follow rows, in words; null: nothing of it does. */
  readonly forbidden: string | null;
}

export interface CopyRowsReader {
  write(chunk: Buffer): void;
  readonly rows: number;
  end(): CopyRows;
}

/** `dumpTableData_copy` of pg_dump.c writes the line `\.` after the rows, and two empty ones. */
const AFTER = '\n\n';
const NOTHING = Buffer.alloc(0);

/** Counts the rows of a table as its data goes by, and sees whether the data has its end. */
export function copyRows(): CopyRowsReader {
  let rows = 0;
  let lineStart = true;
  let heldBack: Buffer = NOTHING;
  let ended = false;
  let changedEnds = false;
  let after = '';

  /** What comes after `\.` would be SQL to a psql that is given it. */
  function keepAfter(bytes: Buffer): void {
    after += bytes.toString('latin1', 0, AFTER.length + 1 - after.length);
  }

  return {
    write(chunk) {
      if (ended) return keepAfter(chunk);
      const bytes = heldBack.length > 0 ? Buffer.concat([heldBack, chunk]) : chunk;
      const look = lookThroughCopyData(bytes, 0, lineStart, false);
      rows += look.rows;
      lineStart = look.lineStart;
      ended = look.end >= 0;
      if (ended) {
        changedEnds = look.end - look.dataTo > 3;
        keepAfter(bytes.subarray(look.end));
      } else heldBack = look.dataTo < bytes.length ? Buffer.from(bytes.subarray(look.dataTo)) : NOTHING;
    },
    get rows() {
      return rows;
    },
    end() {
      const foreign = ended && !AFTER.startsWith(after);
      return {
        rows,
        missing: ended && (foreign || after === AFTER) ? null : 'has no end',
        forbidden: changedEnds
          ? 'COPY data with changed line ends'
          : foreign
            ? 'more after the end of COPY data'
            : null,
      };
    },
  };
}
