/**
 * Where quoted things end. Each function looks from `at`, which lies inside the quotes, and answers with one number:
 * `n >= 0`, closed, and `n` is the place after the closing quote; `n < 0`, still open, and everything before `~n` is
 * surely inside (the bytes from `~n` on are to be seen again together with what follows).
 */
import { BACKSLASH, classOf, DIGIT, DOLLAR, LETTER, QUOTE, SLASH, STAR } from './bytes.ts';

/** `'…'` with standard_conforming_strings on, and `"…"`: only a doubled quote stands for itself. */
export function endOfQuoted(bytes: Buffer, at: number, quote: number, final: boolean): number {
  let from = at;
  for (;;) {
    const found = bytes.indexOf(quote, from);
    if (found < 0) return ~bytes.length;
    if (found + 1 === bytes.length) return final ? found + 1 : ~found;
    if (bytes[found + 1] !== quote) return found + 1;
    from = found + 2;
  }
}

/** A search that is only done again once its result was passed: a long text is gone through once, not once a quote. */
function searchAgain(bytes: Buffer, byte: number, found: number, from: number): number {
  return found < 0 || found >= from ? found : bytes.indexOf(byte, from);
}

/** `E'…'`: a backslash takes the next byte with it. */
export function endOfEscaped(bytes: Buffer, at: number, final: boolean): number {
  let quote = bytes.indexOf(QUOTE, at);
  let backslash = bytes.indexOf(BACKSLASH, at);
  while (quote >= 0 || backslash >= 0) {
    const escapeFirst = backslash >= 0 && (quote < 0 || backslash < quote);
    const found = escapeFirst ? backslash : quote;
    const next = bytes[found + 1];
    if (next === undefined && !final) return ~found;
    if (!escapeFirst && next !== QUOTE) return found + 1;
    quote = searchAgain(bytes, QUOTE, quote, found + 2);
    backslash = searchAgain(bytes, BACKSLASH, backslash, found + 2);
  }
  return ~bytes.length;
}

/** `$tag$…$tag$`: any occurrence of the delimiter ends it, as in psql. */
export function endOfDollarQuoted(bytes: Buffer, at: number, delimiter: Buffer, final: boolean): number {
  const found = bytes.indexOf(delimiter, at);
  if (found >= 0) return found + delimiter.length;
  return ~(final ? bytes.length : Math.max(at, bytes.length - delimiter.length + 1));
}

/** Slash-star comments nest; `depth` is how deep `at` lies. Answers with the end and the depth reached there. */
export function endOfBlockComment(
  bytes: Buffer,
  at: number,
  depth: number,
  final: boolean,
): { end: number; depth: number } {
  let level = depth;
  let from = at;
  while (from + 1 < bytes.length) {
    const opens = bytes[from] === SLASH && bytes[from + 1] === STAR;
    const closes = bytes[from] === STAR && bytes[from + 1] === SLASH;
    if (opens) level += 1;
    if (closes) level -= 1;
    from += opens || closes ? 2 : 1;
    if (level === 0) return { end: from, depth: 0 };
  }
  return { end: ~(final ? bytes.length : from), depth: level };
}

/** The length of the dollar quote that begins at `at`; 0: it is none; -1: more bytes are needed. */
export function dollarQuote(bytes: Buffer, at: number): number {
  for (let to = at + 1; to < bytes.length; to += 1) {
    if (bytes[to] === DOLLAR) return to + 1 - at;
    const byteClass = classOf(bytes[to]);
    if (byteClass !== LETTER && !(byteClass === DIGIT && to > at + 1)) return 0;
  }
  return -1;
}
