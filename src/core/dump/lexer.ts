/**
 * Takes a plain SQL dump apart by the rules of psql's own lexer (`psqlscan.l`, PostgreSQL 13 to 18), because psql is
 * what will read it: where psql sees a string, a comment or a backslash command is what counts, not where the server does.
 * It works on bytes, in chunks of any size, and holds back only what a few more bytes decide.
 *
 * Known and wanted: standard_conforming_strings is taken as on, and the encoding as one in which no byte of a longer
 * character is below 0x80. A dump that sets either otherwise is refused by `forbidden.ts`.
 */
import {
  asBuffer,
  BACKSLASH,
  COLON,
  CR,
  classOf,
  countLineFeeds,
  DASH,
  DIGIT,
  DOLLAR,
  DOT,
  DOUBLE_QUOTE,
  endOfWord,
  indexWithin,
  LETTER,
  LF,
  QUOTE,
  SLASH,
  SPACE,
  STAR,
} from './bytes.ts';
import { lookThroughCopyData } from './copy-data.ts';
import { Kind, type Lexer, type LexerSink } from './elements.ts';
import { dollarQuote, endOfBlockComment, endOfDollarQuoted, endOfEscaped, endOfQuoted } from './quoted.ts';

/** Longer than any command or dollar quote pg_dump writes; beyond it nothing is held back. */
const LOOK_AHEAD = 1024;
const NOTHING = Buffer.alloc(0);

function endOfNumber(byte: number | undefined): 'digit' | 'exponent' {
  return byte === 0x65 || byte === 0x45 ? 'exponent' : 'digit';
}

export function lexer(sink: LexerSink): Lexer {
  let heldBack: Buffer = NOTHING;
  let line = 1;
  let offset = 0;
  let open: Kind | 'copy' | null = null;
  let copyPending = false;
  let copyLineStart = true;
  let wordLength = 0;
  let numberHasLetter = false;
  /** What the element before this one ends with, where that belongs to a number. */
  let numberEnd: 'digit' | 'exponent' | 'point' | null = null;
  let afterColon = false;
  let variable = false;
  let escapes = false;
  let delimiter: Buffer = NOTHING;
  let depth = 0;

  function hand(kind: Kind, bytes: Buffer, from: number, to: number, closed: boolean): number {
    sink.span(kind, bytes, from, to, closed);
    offset += to - from;
    if (kind === Kind.space || kind > Kind.lineComment) line += countLineFeeds(bytes, from, to);
    open = closed ? null : kind;
    numberEnd = null;
    return to;
  }

  /** Hands over what `endOf…` found. */
  function handTo(kind: Kind, bytes: Buffer, from: number, end: number): number {
    return hand(kind, bytes, from, end < 0 ? ~end : end, end >= 0);
  }

  function space(bytes: Buffer, at: number): number {
    let to = at;
    let seenLineFeed = false;
    while (classOf(bytes[to]) === SPACE && !(copyPending && seenLineFeed)) {
      seenLineFeed ||= bytes[to] === LF;
      if (bytes[to] === CR) {
        const what = 'a carriage return outside quotes (the line ends were changed)';
        sink.trouble(what, line + countLineFeeds(bytes, at, to), offset + to - at);
      }
      to += 1;
    }
    hand(Kind.space, bytes, at, to, true);
    if (copyPending && seenLineFeed) {
      copyPending = false;
      copyLineStart = true;
      open = 'copy';
    }
    return to;
  }

  function lineComment(bytes: Buffer, at: number): number {
    const lineFeed = bytes.indexOf(LF, at);
    const to = lineFeed < 0 ? bytes.length : lineFeed;
    // psql ends a comment at a carriage return too, and would run a command after it.
    const carriageReturn = indexWithin(bytes, CR, at, to);
    if (carriageReturn < 0) return hand(Kind.lineComment, bytes, at, to, lineFeed >= 0);
    return hand(Kind.lineComment, bytes, at, carriageReturn, true);
  }

  function command(bytes: Buffer, at: number, final: boolean): number {
    const lineFeed = bytes.indexOf(LF, at);
    if (lineFeed >= 0) return hand(Kind.command, bytes, at, lineFeed + 1, true);
    if (!final && bytes.length - at < LOOK_AHEAD) return at;
    return hand(Kind.command, bytes, at, bytes.length, true);
  }

  function wordBegins(bytes: Buffer, at: number): number {
    wordLength = 0;
    variable = afterColon;
    afterColon = false;
    if (numberEnd === 'point') sink.trouble('a number that runs on into letters', line, offset);
    return word(bytes, at);
  }

  function word(bytes: Buffer, at: number): number {
    const to = endOfWord(bytes, at, true);
    wordLength += to - at;
    const dollarSign = variable ? indexWithin(bytes, DOLLAR, at, to) : -1;
    if (dollarSign >= 0) {
      // psql ends the name of a variable before the dollar sign and may begin a quote there; pg_dump quotes such names.
      sink.trouble('a psql variable that runs on into a dollar sign', line, offset + dollarSign - at);
    }
    if (to > at) escapes = wordLength === 1 && (bytes[at] === 0x45 || bytes[at] === 0x65);
    return hand(Kind.word, bytes, at, to, to < bytes.length);
  }

  function number(bytes: Buffer, at: number): number {
    const to = endOfWord(bytes, at, false);
    // Where a number ends that runs on into letters differs between versions of psql: there a word may begin, or a quote.
    for (let digit = at; digit < to; digit += 1) {
      if (classOf(bytes[digit]) !== LETTER) continue;
      const exponent = !numberHasLetter && endOfNumber(bytes[digit]) === 'exponent';
      if (!exponent) sink.trouble('a number that runs on into letters', line, offset + digit - at);
      numberHasLetter = true;
    }
    if (numberHasLetter && (bytes[to] === DOLLAR || bytes[to] === QUOTE)) {
      sink.trouble('a number that runs on into a quote', line, offset + to - at);
    }
    const end = to > at ? endOfNumber(bytes[to - 1]) : numberEnd;
    hand(Kind.number, bytes, at, to, to < bytes.length);
    numberEnd = end;
    return to;
  }

  /** The point of `1.5`, which psql takes for a part of the number. */
  function point(bytes: Buffer, at: number): number {
    const end = numberEnd === 'digit' ? 'point' : null;
    hand(Kind.mark, bytes, at, at + 1, true);
    numberEnd = end;
    return at + 1;
  }

  function dollar(bytes: Buffer, at: number, final: boolean): number {
    const length = dollarQuote(bytes, at);
    if (length < 0 && !final && bytes.length - at < LOOK_AHEAD) return at;
    if (length <= 0) {
      if (length < 0) sink.trouble('a dollar quote that never ends', line, offset);
      return hand(Kind.mark, bytes, at, at + 1, true);
    }
    delimiter = Buffer.from(bytes.subarray(at, at + length));
    return hand(Kind.dollarText, bytes, at, at + length, false);
  }

  /** `-` and `/` begin a comment if the right byte follows. */
  function maybeComment(bytes: Buffer, at: number, final: boolean): number {
    if (at + 1 === bytes.length && !final) return at;
    if (bytes[at] === DASH && bytes[at + 1] === DASH) {
      // psql takes the first dash of `1e--` for the sign of an exponent, and what follows for no comment.
      if (numberEnd === 'exponent') sink.trouble('a number that runs on into a comment', line, offset);
      return lineComment(bytes, at);
    }
    if (bytes[at] === SLASH && bytes[at + 1] === STAR) {
      depth = 1;
      return hand(Kind.blockComment, bytes, at, at + 2, false);
    }
    return hand(Kind.mark, bytes, at, at + 1, true);
  }

  /** One step from a place where nothing is open. Staying in place means: more bytes are needed. */
  function begin(bytes: Buffer, at: number, final: boolean): number {
    const byte = bytes[at];
    const byteClass = classOf(byte);
    if (byteClass === LETTER) return wordBegins(bytes, at);
    const afterE = escapes;
    escapes = false;
    afterColon = byte === COLON;
    if (byteClass === SPACE) return space(bytes, at);
    if (byteClass === DIGIT) {
      numberHasLetter = false;
      return number(bytes, at);
    }
    if (byte === DASH || byte === SLASH) return maybeComment(bytes, at, final);
    if (byte === BACKSLASH) return command(bytes, at, final);
    if (byte === DOT) return point(bytes, at);
    if (byte === DOLLAR) return dollar(bytes, at, final);
    if (byte === DOUBLE_QUOTE) {
      return handTo(Kind.name, bytes, at, endOfQuoted(bytes, at + 1, DOUBLE_QUOTE, final));
    }
    if (byte !== QUOTE) return hand(Kind.mark, bytes, at, at + 1, true);
    return textBegins(bytes, at, final, afterE);
  }

  function textBegins(bytes: Buffer, at: number, final: boolean, afterE: boolean): number {
    // psql takes `:E` for a variable and the quote after it for one without escapes; pg_dump writes none of either.
    if (afterE && variable) sink.trouble('a psql variable that runs on into a quote', line, offset);
    escapes = afterE;
    return quotedText(bytes, at, at + 1, final);
  }

  /** `inside` is the first place after the opening quote, or `at`. */
  function quotedText(bytes: Buffer, at: number, inside: number, final: boolean): number {
    const end = escapes ? endOfEscaped(bytes, inside, final) : endOfQuoted(bytes, inside, QUOTE, final);
    if (end >= 0) escapes = false;
    return handTo(Kind.text, bytes, at, end);
  }

  function blockComment(bytes: Buffer, at: number, final: boolean): number {
    const found = endOfBlockComment(bytes, at, depth, final);
    depth = found.depth;
    return handTo(Kind.blockComment, bytes, at, found.end);
  }

  function copyData(bytes: Buffer, at: number, final: boolean): number {
    const look = lookThroughCopyData(bytes, at, copyLineStart, final);
    copyLineStart = look.lineStart;
    if (look.dataTo > at) sink.copyData(bytes, at, look.dataTo, look.rows);
    line += look.rows;
    offset += look.dataTo - at;
    if (look.end < 0) return look.dataTo;
    sink.copyEnd(bytes, look.dataTo, look.end);
    line += 1;
    offset += look.end - look.dataTo;
    open = null;
    return look.end;
  }

  function step(bytes: Buffer, at: number, final: boolean): number {
    switch (open) {
      case 'copy':
        return copyData(bytes, at, final);
      case Kind.lineComment:
        return lineComment(bytes, at);
      case Kind.blockComment:
        return blockComment(bytes, at, final);
      case Kind.word:
        return word(bytes, at);
      case Kind.number:
        return number(bytes, at);
      case Kind.name:
        return handTo(Kind.name, bytes, at, endOfQuoted(bytes, at, DOUBLE_QUOTE, final));
      case Kind.text:
        return quotedText(bytes, at, at, final);
      case Kind.dollarText:
        return handTo(Kind.dollarText, bytes, at, endOfDollarQuoted(bytes, at, delimiter, final));
      default:
        return begin(bytes, at, final);
    }
  }

  /** Answers with the place up to which all is handed over. A loop of its own: the engine optimises it as a whole. */
  function consume(bytes: Buffer, final: boolean): number {
    let at = 0;
    while (at < bytes.length) {
      const before: Kind | 'copy' | null = open;
      const next = step(bytes, at, final);
      // A step that ends an element without a byte of its own makes progress too.
      if (next === at && open === before) break;
      at = next;
    }
    return at;
  }

  function scan(bytes: Buffer, final: boolean): void {
    const to = consume(bytes, final);
    sink.through(bytes, to);
    heldBack = to < bytes.length ? Buffer.from(bytes.subarray(to)) : NOTHING;
  }

  /** psql stops reading a line at a NUL, so it would see another dump than we do; no text in PostgreSQL holds one. */
  function refuseNul(bytes: Buffer, from: number): void {
    const nul = bytes.indexOf(0, from);
    if (nul >= 0) sink.trouble('a NUL byte', line + countLineFeeds(bytes, 0, nul), offset + nul);
  }

  return {
    write(chunk) {
      const held = heldBack.length;
      const bytes = held > 0 ? Buffer.concat([heldBack, chunk]) : asBuffer(chunk);
      refuseNul(bytes, held);
      scan(bytes, false);
    },
    end() {
      scan(heldBack, true);
      return open === Kind.word || open === Kind.number || open === Kind.space ? null : open;
    },
    copyFollows() {
      copyPending = true;
    },
    get line() {
      return line;
    },
    get offset() {
      return offset;
    },
  };
}
