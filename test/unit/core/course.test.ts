import { expect, test } from 'vitest';
import { within } from '../../../src/core/course.ts';

const step = (name: string) => ({ name, seconds: 1 });
const outer = { steps: [step('check'), step('restore'), step('swap')], at: 1 };

test('a step that has steps of its own is replaced by these', () => {
  const inner = { steps: [step('load'), step('count')], at: 1 };
  const { steps, at } = within(outer, inner);
  expect(steps.map(({ name }) => name)).toEqual(['check', 'load', 'count', 'swap']);
  expect(steps[at]?.name).toBe('count');
});

test('a step that has none stands for itself', () => {
  expect(within(outer, undefined)).toBe(outer);
});
