import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { oneLine } from '../plain-text.ts';

/** What a colour means; without colours the words say it too. */
export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'strong' | 'faint';

export interface Span {
  text: string;
  tone: Tone;
}

/** One line of the screen. */
export type Line = readonly Span[];

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text: shownText(text), tone };
}

/** Half a character (a note may hold one, written as JSON) has no width that all agree on. */
function shownText(text: string): string {
  return oneLine(text).toWellFormed();
}

export function line(text: string, tone: Tone = 'plain'): Line {
  return [span(text, tone)];
}

const labelWidth = 11;

/** A label in front, the rest after it. */
export function labelled(label: string, ...rest: Span[]): Line {
  return [span(label.padEnd(labelWidth), 'faint'), ...rest];
}

/** The same of a text that must be readable to its end, on as many lines as it takes. */
export function labelledText(label: string, text: string, columns: number, tone: Tone = 'plain'): Line[] {
  return wrapped(text, tone, columns - labelWidth).map((part, at) =>
    labelled(at === 0 ? label : '', ...part),
  );
}

/** A text of exactly this many cells; wide characters count as two. */
export function toWidth(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = truncate(shownText(text), width);
  const padding = ' '.repeat(Math.max(0, width - stringWidth(shown)));
  return align === 'left' ? shown + padding : padding + shown;
}

/** How many cells a text takes as it is shown. */
export function widthOf(text: string): number {
  return stringWidth(shownText(text));
}

function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  return width < 1 ? '' : `${taken(charactersOf(text), width - 1).join('')}…`;
}

/** The end of a text, as much of it as fits: what was typed last stays in sight. */
export function endOf(text: string, width: number): string {
  const shown = shownText(text);
  if (stringWidth(shown) <= width) return shown;
  return width < 1
    ? ''
    : `…${taken(charactersOf(shown).toReversed(), width - 1)
        .toReversed()
        .join('')}`;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function charactersOf(text: string): string[] {
  return [...graphemes.segment(text)].map(({ segment }) => segment);
}

/** As many characters from the first on as fit into this many cells. */
function taken(characters: readonly string[], width: number): string[] {
  let room = width;
  const end = characters.findIndex((character) => {
    room -= stringWidth(character);
    return room < 0;
  });
  return characters.slice(0, end === -1 ? undefined : end);
}

/** A line cut to this many cells, from its end. */
export function fitLine(spans: Line, width: number): Line {
  let room = width;
  const fitted: Span[] = [];
  for (const { text, tone } of spans) {
    if (room <= 0) break;
    const shown = truncate(text, room);
    room -= stringWidth(shown);
    fitted.push({ text: shown, tone });
  }
  return fitted;
}

/** A text as lines of at most this many cells, broken between words where that is possible. */
export function wrapped(text: string, tone: Tone, width: number, indent = ''): Line[] {
  const room = Math.max(1, width - indent.length);
  return wrapAnsi(shownText(text), room, { hard: true })
    .split('\n')
    .flatMap((part) => pieces(part, room))
    .map((part) => line(`${indent}${part}`, tone));
}

/** wrap-ansi counts some characters (Thai, halves of flags) as narrower than they may be. */
function pieces(text: string, width: number): string[] {
  if (stringWidth(text) <= width) return [text];
  const characters = charactersOf(text);
  const first = characters.slice(0, Math.max(1, taken(characters, width).length));
  const rest = characters.slice(first.length).join('');
  return rest === '' ? [text] : [first.join(''), ...pieces(rest, width)];
}
