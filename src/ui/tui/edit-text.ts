import type { Key } from './keys.ts';
import { textOf } from './read-keys.ts';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** A text after one more key was typed at its end. */
export function edited(text: string, key: Key): string {
  if (key === 'ctrl+u') return '';
  if (key !== 'backspace' && key !== 'delete') return text + textOf(key);
  return [...graphemes.segment(text)]
    .slice(0, -1)
    .map(({ segment }) => segment)
    .join('');
}
