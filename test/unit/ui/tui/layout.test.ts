import { describe, expect, test } from 'vitest';
import { layoutOf, windowOf } from '../../../../src/ui/tui/layout.ts';
import type { Line } from '../../../../src/ui/tui/line.ts';
import { clearing, job, state } from './states.ts';

const texts = (lines: readonly Line[]): string[] =>
  lines.map((line) => line.map(({ text }) => text).join(''));

describe('the part of a list that is shown', () => {
  test('has the chosen line in its middle where there is more on both sides', () => {
    expect(windowOf(100, 50, 10)).toEqual({ from: 45, to: 55 });
  });

  test('is full at both ends', () => {
    expect(windowOf(100, 0, 10)).toEqual({ from: 0, to: 10 });
    expect(windowOf(100, 99, 10)).toEqual({ from: 90, to: 100 });
  });

  test('is the whole list where that fits', () => {
    expect(windowOf(3, 2, 10)).toEqual({ from: 0, to: 3 });
    expect(windowOf(0, -1, 10)).toEqual({ from: 0, to: 0 });
  });
});

describe('the screen', () => {
  test('is divided without a rest', () => {
    expect(layoutOf(state())).toMatchObject({ columns: 80, rows: 24, main: 19, job: 0 });
    expect(layoutOf(state({ job: job() }))).toMatchObject({ main: 12, job: 7 });
    expect(layoutOf(state({ rows: 16, job: job() }))).toMatchObject({ main: 8, job: 3 });
  });

  test('gives no room to a job that is over in a moment', () => {
    expect(layoutOf(state({ job: job({ quick: true }) })).job).toBe(0);
  });

  test('gives a job up for a question where both do not fit', () => {
    const small = { columns: 20, rows: 8, job: job() };
    expect(layoutOf(state(small)).job).toBe(2);
    const asked = layoutOf(state({ ...small, question: { ask: 'quit' } }));
    expect(asked.job).toBe(0);
    expect(texts(asked.below)).toEqual(['y cancels and', 'closes, any other', 'key goes on (y/N)']);
  });

  test('cuts what a question is about, counts what is cut, and keeps the answer', () => {
    const question = {
      ask: 'name',
      about: clearing(false, 500),
      typed: '',
      wrong: false,
      scroll: 0,
    } as const;
    const { below, main } = layoutOf(state({ columns: 60, rows: 16, question }));
    expect(main).toBe(3);
    expect(texts(below).slice(-3)).toEqual([
      expect.stringMatching(/^ {2}(49\d|500) more lines below, PgDn$/),
      'Type kubegram to go on: ▏',
      'Enter goes on, Tab changes the kind, Esc goes back',
    ]);
  });

  test('cuts a long notice at seven tenths', () => {
    const notice = {
      kind: 'bad',
      text: 'No',
      notes: Array.from({ length: 50 }, (_, n) => `note ${n}`),
    } as const;
    const { below, main } = layoutOf(state({ notice }));
    expect(below).toHaveLength(14);
    expect(main).toBe(6);
    expect(texts(below).at(0)).toBe('✗ No');
    expect(texts(below).at(-1)).toBe('  and 38 lines more');
  });
});

describe('below the main area', () => {
  const said = (differences: Parameters<typeof state>[0]): string[] =>
    texts(layoutOf(state(differences)).below);

  test('the marks tell good from bad without colours', () => {
    const text = 'Text';
    expect(said({ notice: { kind: 'good', text, notes: ['more'] } })).toEqual(['✓ Text', '  more']);
    expect(said({ notice: { kind: 'bad', text, notes: [] } })).toEqual(['✗ Text']);
    expect(said({ notice: { kind: 'plain', text, notes: [] } })).toEqual(['Text']);
  });

  test('a line is kept free where nothing was said', () => {
    expect(said({})).toEqual(['']);
  });

  test('the last result stays on one line until the next job begins', () => {
    const results = [{ kind: 'good', text: 'Backed up', notes: ['note'] } as const];
    expect(said({ results })).toEqual(['✓ Backed up']);
    expect(said({ results, job: job() })).toEqual(['']);
  });
});
