import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  endOf,
  fitLine,
  type Line,
  labelled,
  labelledText,
  line,
  span,
  toWidth,
  widthOf,
  wrapped,
} from '../../../../src/ui/tui/line.ts';
import { sparkline } from '../../../../src/ui/tui/sparkline.ts';
import { hostile } from '../line/sets.ts';
import { hostileName } from './arbitraries.ts';

const textOf = (one: Line): string => one.map(({ text }) => text).join('');
const width = fc.integer({ min: 0, max: 120 });

describe('a text in so many cells', () => {
  test('is filled up or cut, on the side that is asked for', () => {
    expect(toWidth('ab', 4)).toBe('ab  ');
    expect(toWidth('ab', 4, 'right')).toBe('  ab');
    expect(toWidth('abcdef', 4)).toBe('abc…');
    expect(toWidth('北京', 3)).toBe('北…');
    expect(toWidth('北京', 2)).toBe('… ');
    expect(toWidth('abc', 0)).toBe('');
  });

  test('is exactly as wide as asked, whatever it holds', () => {
    fc.assert(
      fc.property(hostileName, width, (text, cells) => {
        expect(widthOf(toWidth(text, cells))).toBe(cells);
        expect(widthOf(toWidth(text, cells, 'right'))).toBe(cells);
      }),
    );
  });

  test('its end is kept where it is typed', () => {
    expect(endOf('abc', 3)).toBe('abc');
    expect(endOf('abcdef', 4)).toBe('…def');
    expect(endOf('a👩‍👩‍👧b', 3)).toBe('…b');
    expect(endOf('abc', 0)).toBe('');
    fc.assert(
      fc.property(hostileName, width, (text, cells) => {
        expect(widthOf(endOf(text, cells))).toBeLessThanOrEqual(cells);
      }),
    );
  });
});

describe('a line', () => {
  test('is cut at its end, through its spans', () => {
    const spans = [span('abc', 'good'), span('def'), span('ghi', 'faint')];
    expect(fitLine(spans, 9)).toEqual(spans);
    expect(fitLine(spans, 5)).toEqual([span('abc', 'good'), span('d…')]);
    expect(fitLine(spans, 3)).toEqual([span('abc', 'good')]);
    expect(fitLine(spans, 0)).toEqual([]);
  });

  test('is never wider than the cells it has, whatever its spans hold', () => {
    fc.assert(
      fc.property(fc.array(hostileName, { maxLength: 5 }), width, (texts, cells) => {
        expect(
          widthOf(
            textOf(
              fitLine(
                texts.map((text) => span(text)),
                cells,
              ),
            ),
          ),
        ).toBeLessThanOrEqual(cells);
      }),
    );
  });

  test('holds nothing that moves the cursor, turns the text, or is half a character', () => {
    expect(textOf(line(hostile))).toBe('evil [2J ]0;title name');
    expect(textOf(line('a\u202eb\ud800'))).toBe('a b\ufffd');
  });

  test('has its label in a column', () => {
    expect(textOf(labelled('Size', span('1 B'), span('!')))).toBe('Size       1 B!');
    expect(labelledText('Note', 'one two three', 18).map(textOf)).toEqual([
      'Note       one two',
      '           three',
    ]);
  });
});

describe('a wrapped text', () => {
  test('is broken between words, and within one that is too long', () => {
    expect(wrapped('one two three', 'bad', 8)).toEqual([line('one two', 'bad'), line('three', 'bad')]);
    expect(wrapped('abcdefgh', 'plain', 4).map(textOf)).toEqual(['abcd', 'efgh']);
    expect(wrapped('one two', 'plain', 6, '  ').map(textOf)).toEqual(['  one', '  two']);
    expect(wrapped('', 'plain', 6).map(textOf)).toEqual(['']);
  });

  test('has no line that is too wide and loses nothing, whatever it holds', () => {
    fc.assert(
      fc.property(hostileName, fc.integer({ min: 4, max: 120 }), (text, cells) => {
        const lines = wrapped(text, 'plain', cells).map(textOf);
        for (const one of lines) expect(widthOf(one)).toBeLessThanOrEqual(cells);
        // wrap-ansi composes accents as it goes
        const bare = (whole: string): string => whole.replaceAll(/\s+/g, '').normalize();
        expect(bare(lines.join(''))).toBe(bare(textOf(line(text))));
      }),
    );
  });
});

describe('a sparkline', () => {
  test('has a bar for each value, the largest full, nothing lowest', () => {
    expect(sparkline([0, 7, 14], 10)).toBe('▁▅█');
    expect(sparkline([0, 0], 10)).toBe('▁▁');
    expect(sparkline([], 10)).toBe('');
  });

  test('shows the last values where there are more than fit', () => {
    expect(sparkline([100, 0, 1, 1], 3)).toBe('▁██');
  });
});
