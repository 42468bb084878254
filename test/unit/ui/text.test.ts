import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { paint } from '../../../src/ui/paint.ts';
import { oneLine } from '../../../src/ui/plain-text.ts';

test.each([
  ['a\nb', 'a b'],
  ['a\r\n\tb', 'a b'],
  ['\u001b[2J\u001b[31mred', ' [2J [31mred'],
  ['\u009b31mred', ' 31mred'],
  ['a\u0000b\u007fc', 'a b c'],
  ['a\u2028b\u2029c', 'a b c'],
  ['abc\u202etxt.exe', 'abc txt.exe'],
  ['größe 表 🦊', 'größe 表 🦊'],
])('oneLine(%j) is %j', (text, plain) => {
  expect(oneLine(text)).toBe(plain);
});

test('paint colours where it may, and leaves the text alone where it may not', () => {
  const names = ['good', 'warn', 'bad', 'strong', 'faint'] as const;
  for (const name of names) {
    expect(paint(false)[name]('text')).toBe('text');
    const coloured = paint(true)[name]('text');
    expect(coloured).not.toBe('text');
    expect(stripVTControlCharacters(coloured)).toBe('text');
  }
  expect(new Set(names.map((name) => paint(true)[name]('text'))).size).toBe(names.length);
});
