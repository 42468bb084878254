import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layoutOf, windowOf } from '../../../../src/ui/tui/layout.ts';
import { fitLine, type Line, widthOf } from '../../../../src/ui/tui/line.ts';
import { pageOf } from '../../../../src/ui/tui/pages/page.ts';
import { askedLines } from '../../../../src/ui/tui/pages/question.ts';
import { press } from '../../../../src/ui/tui/press.ts';
import type { MenuState } from '../../../../src/ui/tui/state.ts';
import { update } from '../../../../src/ui/tui/update.ts';
import { chosenBackup, visibleBackups } from '../../../../src/ui/tui/visible-backups.ts';
import { rounds } from '../../../support/soak.ts';
import { anyHappenings, anyState } from './arbitraries.ts';

const textOf = (line: Line): string => line.map(({ text }) => text).join('');

/** Runs keys and events through a state, and looks at every state on the way. */
function through(
  start: MenuState,
  happenings: readonly (string | Parameters<typeof update>[1])[],
  look: (state: MenuState) => void,
): void {
  look(start);
  let current = start;
  for (const happening of happenings) {
    current = typeof happening === 'string' ? press(current, happening).state : update(current, happening);
    look(current);
  }
}

const always = (name: string, look: (state: MenuState) => void): void => {
  test(`whatever is there and whatever is pressed, ${name}`, () => {
    fc.assert(
      fc.property(anyState, anyHappenings, (start, happenings) => through(start, happenings, look)),
      { numRuns: rounds(60, 500) },
    );
  });
};

always('the parts of the screen are as many lines as it has', (state) => {
  const { rows, main, job, below } = layoutOf(state);
  expect(main).toBeGreaterThan(0);
  expect(job).toBeGreaterThanOrEqual(0);
  expect(below.length).toBeGreaterThan(0);
  expect(3 + job + main + below.length + 1).toBe(rows);
  expect(rows).toBe(Math.max(8, state.rows));
});

always('the line of the answer is on the screen, with the end of what is typed', (state) => {
  if (state.question === null) return;
  const { below, columns } = layoutOf(state);
  const [first] = askedLines(state, state.question).answer;
  expect(below.map(textOf)).toContain(textOf(first ?? []));
  if (!('typed' in state.question)) return;
  const shown = below.map((line) => textOf(fitLine(line, columns)));
  expect(shown.filter((text) => text.endsWith('▏'))).toHaveLength(1);
});

always('the chosen backup is among those that are shown', (state) => {
  const shown = visibleBackups(state);
  const chosen = chosenBackup(state);
  expect(chosen === null).toBe(shown.length === 0);
  if (chosen === null) return;
  const at = shown.indexOf(chosen);
  const { listRows } = layoutOf(state);
  const { from, to } = windowOf(shown.length, at, listRows);
  expect(from).toBeGreaterThanOrEqual(0);
  expect(from).toBeLessThanOrEqual(at);
  expect(to).toBeGreaterThan(at);
  expect(to).toBeLessThanOrEqual(shown.length);
  expect(to - from).toBe(Math.min(shown.length, listRows));
});

always('no line is wider than the screen, and none holds a control character', (state) => {
  const { columns, below } = layoutOf(state);
  for (const line of [...below, ...pageOf(state).slice(0, 60)]) {
    const text = textOf(fitLine(line, columns));
    expect(widthOf(text)).toBeLessThanOrEqual(columns);
    expect(text).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
  }
});

test('a key that is pressed leaves the state that it was pressed in as it was', () => {
  fc.assert(
    fc.property(anyState, anyHappenings, (start, happenings) => {
      const before = structuredClone(start);
      through(start, happenings, () => {});
      expect(structuredClone(start)).toEqual(before);
    }),
    { numRuns: 30 },
  );
});
