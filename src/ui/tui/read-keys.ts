import type { Key as InkKey } from 'ink';
import type { Key } from './keys.ts';

const named = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const satisfies readonly (readonly [keyof InkKey, Key])[];

/** The keys that one event of Ink stands for: fast typing arrives as one text of many characters. */
export function readKeys(input: string, key: InkKey): Key[] {
  const name = named.find(([flag]) => key[flag])?.[1];
  if (name !== undefined) return [name];
  if (key.ctrl) return input.length === 1 ? [`ctrl+${input}`] : [];
  // Esc and the next key came so soon after each other that they look like one with Alt.
  if (key.meta) return ['escape', ...typedKeys(input)];
  return typedKeys(input);
}

/** The same of a text, as it is typed or pasted. */
export function typedKeys(text: string): Key[] {
  return [...graphemes.segment(text)].flatMap(({ segment }) => {
    if (segment === '\r' || segment === '\n' || segment === '\r\n') return ['enter'];
    if (segment === ' ') return ['space'];
    if (segment === '\t') return ['tab'];
    if (segment === '\u007f' || segment === '\b') return ['backspace'];
    return /^\p{Cc}/u.test(segment) ? controlKey(segment) : [segment];
  });
}

/** What a paste types: text, and never a key that does something. */
export function pastedKeys(text: string): Key[] {
  return typedKeys(text.trimEnd().replaceAll(/\s+/g, ' ')).filter((key) => textOf(key) !== '');
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Ctrl-A is 1, Ctrl-Z is 26. */
function controlKey(segment: string): Key[] {
  const code = segment.charCodeAt(0);
  return code >= 1 && code <= 26 ? [`ctrl+${String.fromCharCode(code + 96)}`] : [];
}

/** The text that a key types; empty for a key that types nothing. */
export function textOf(key: Key): string {
  if (key === 'space') return ' ';
  return [...graphemes.segment(key)].length === 1 ? key : '';
}
