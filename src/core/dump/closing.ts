/** Whether a dump has the frame that pg_dump gives it: header, closing comment, and a restrict key at both ends. */
import { Kind } from './elements.ts';

const HEADER = '--\n-- PostgreSQL database dump\n--\n';
const CLOSING = '-- PostgreSQL database dump complete';
/** How many bytes of a dump tell what it is. */
export const HEAD_KEPT = 64;

const RESTRICT = /^\\(un)?restrict ([A-Za-z0-9]+)\n$/;

/** The two psql commands that a dump may hold. */
export interface RestrictLine {
  readonly ends: boolean;
  readonly key: string;
}

/** Reads a psql command with its line end; null unless it is `\restrict KEY` or `\unrestrict KEY` as pg_dump writes it. */
export function restrictLine(command: Buffer): RestrictLine | null {
  // Keys have 63 characters; a long line is not looked at.
  const match = command.length > 256 ? null : RESTRICT.exec(command.toString('latin1'));
  return match?.[2] === undefined ? null : { ends: match[1] !== undefined, key: match[2] };
}

export interface Frame {
  comment(text: string): void;
  /** A statement, or anything else that is neither blank nor a comment. */
  other(): void;
  /** Whether this line may stand here; if so it is taken note of. */
  restrict(line: RestrictLine): boolean;
  /** Why the frame is not whole, in words; null: it is. */
  missing(): string | null;
}

/** Follows what lies between statements. */
export function frame(): Frame {
  let begun = false;
  let headKey: string | null = null;
  let tailKey: string | null = null;
  let dashesBefore = false;
  let closing: 'none' | 'text' | 'whole' = 'none';

  return {
    comment(text) {
      const dashes = text === '--';
      if (text === CLOSING && dashesBefore) closing = 'text';
      else if (dashes) closing = closing === 'none' ? 'none' : 'whole';
      else closing = 'none';
      dashesBefore = dashes;
    },
    other() {
      begun = true;
      closing = 'none';
      dashesBefore = false;
    },
    restrict(line) {
      if (line.ends) {
        const fits = closing === 'whole' && tailKey === null && line.key === headKey;
        if (fits) tailKey = line.key;
        return fits;
      }
      const fits = !begun && headKey === null;
      if (fits) headKey = line.key;
      return fits;
    },
    missing() {
      if (closing !== 'whole') return 'it has no closing comment at its end';
      if (headKey !== tailKey)
        return 'it has \\restrict at its beginning but no \\unrestrict with the same key at its end';
      return null;
    },
  };
}

/** Why these first bytes are not those of a plain dump, in words; null: they are. */
export function wrongHead(head: Buffer): string | null {
  if (head.length === 0) return 'it is empty';
  const text = head.toString('latin1');
  if (text.startsWith(HEADER)) return null;
  if (HEADER.startsWith(text)) return 'it ends inside its header';
  if (text.startsWith('PGDMP')) return 'it is a dump in custom format, not plain SQL';
  if (text.startsWith('\x1f\x8b') || text.startsWith('\x28\xb5\x2f\xfd')) return 'it is compressed';
  if (text.startsWith('--\n-- PostgreSQL database cluster dump'))
    return 'it is a dump of a whole server (pg_dumpall)';
  if (text.startsWith('--\r\n')) return 'its line ends were changed from LF to CR LF';
  return 'it does not begin as a pg_dump of plain SQL';
}

/** What is still open at the end of the file, in words. */
export function openAtEnd(open: Kind | 'copy' | 'statement', table: string): string {
  switch (open) {
    case 'copy':
      return `it ends inside the data of ${table}`;
    case Kind.text:
      return 'it ends inside a quoted text';
    case Kind.name:
      return 'it ends inside a quoted name';
    case Kind.dollarText:
      return 'it ends inside a dollar-quoted text, such as a function body';
    case Kind.lineComment:
    case Kind.blockComment:
      return 'it ends inside a comment';
    default:
      return 'it ends inside a statement';
  }
}
