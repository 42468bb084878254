/** The bytes that mean something to psql's lexer, and hops over the ones that do not. */

export const LF = 0x0a;
export const CR = 0x0d;
export const QUOTE = 0x27;
export const DOUBLE_QUOTE = 0x22;
export const DOLLAR = 0x24;
export const STAR = 0x2a;
export const DASH = 0x2d;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const BACKSLASH = 0x5c;

/** What a byte can begin outside quotes. Single constants: a lookup in an object was slow in the hottest loop. */
export const MARK = 0;
export const SPACE = 1;
export const LETTER = 2;
export const DIGIT = 3;

const CLASSES = new Uint8Array(256);
for (const byte of [0x20, 0x09, LF, 0x0b, 0x0c, CR]) CLASSES[byte] = SPACE;
for (let byte = 0x30; byte <= 0x39; byte += 1) CLASSES[byte] = DIGIT;
for (let byte = 0x41; byte <= 0x5a; byte += 1) CLASSES[byte] = CLASSES[byte + 0x20] = LETTER;
// As in psql: every byte of a multi-byte character is a letter, so a name needs no decoding to be found.
for (let byte = 0x80; byte <= 0xff; byte += 1) CLASSES[byte] = LETTER;
CLASSES[0x5f] = LETTER;

/** The class of a byte; past the end of the buffer, a mark. */
export function classOf(byte: number | undefined): number {
  return byte === undefined ? MARK : (CLASSES[byte] ?? MARK);
}

/** Where the run of bytes that belong to a word ends. */
export function endOfWord(bytes: Buffer, at: number, withDollar: boolean): number {
  let to = at;
  for (; to < bytes.length; to += 1) {
    const byteClass = classOf(bytes[to]);
    if (byteClass !== LETTER && byteClass !== DIGIT && !(withDollar && bytes[to] === DOLLAR)) break;
  }
  return to;
}

/** Below this length a loop is quicker than a call into native code. */
const SHORT = 48;

/** How many line feeds lie in `[from, to)`. */
export function countLineFeeds(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  if (to - from < SHORT) {
    for (let at = from; at < to; at += 1) if (bytes[at] === LF) count += 1;
    return count;
  }
  for (let at = bytes.indexOf(LF, from); at >= 0 && at < to; at = bytes.indexOf(LF, at + 1)) count += 1;
  return count;
}

/** Where `byte` first occurs in `[from, to)`, or -1. */
export function indexWithin(bytes: Buffer, byte: number, from: number, to: number): number {
  for (let at = from; at < to; at += 1) if (bytes[at] === byte) return at;
  return -1;
}

/** A Buffer over the same memory: Buffer's searches are native, a plain array's are slower. */
export function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
