import { BACKSLASH, CR, DOT, LF } from './bytes.ts';

/** What one look at COPY data found. */
export interface CopyLook {
  /** rows that ended */
  readonly rows: number;
  /** everything before this place is data */
  readonly dataTo: number;
  /** the place after the line `\.`; -1: not seen yet */
  readonly end: number;
  /** the place `dataTo` begins a line */
  readonly lineStart: boolean;
}

/** How psql sees a `\.` at the start of a line: its length with its line end, 0 if it is data, -1 if more bytes are needed. */
function endMark(bytes: Buffer, at: number): number {
  const left = bytes.length - at;
  if (left > 1 && bytes[at + 1] !== DOT) return 0;
  if (left > 2 && bytes[at + 2] === LF) return 3;
  if (left > 2 && bytes[at + 2] !== CR) return 0;
  if (left > 3) return bytes[at + 3] === LF ? 4 : 0;
  return -1;
}

/**
 * Hops over COPY data from line end to line end: in COPY's text form every line feed in a value is escaped, so each one
 * ends a row, whatever the row holds. `final`: nothing follows these bytes.
 */
export function lookThroughCopyData(
  bytes: Buffer,
  from: number,
  startsLine: boolean,
  final: boolean,
): CopyLook {
  let at = from;
  let rows = 0;
  let lineStart = startsLine;
  while (at < bytes.length) {
    if (lineStart && bytes[at] === BACKSLASH) {
      const mark = endMark(bytes, at);
      if (mark > 0) return { rows, dataTo: at, end: at + mark, lineStart };
      if (mark < 0 && !final) return { rows, dataTo: at, end: -1, lineStart };
    }
    const lineFeed = bytes.indexOf(LF, at);
    if (lineFeed < 0) return { rows, dataTo: bytes.length, end: -1, lineStart: false };
    rows += 1;
    at = lineFeed + 1;
    lineStart = true;
  }
  return { rows, dataTo: at, end: -1, lineStart };
}
