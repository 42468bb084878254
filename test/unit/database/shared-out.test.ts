import { expect, it } from 'vitest';
import { sharedOut } from '../../../src/database/postgres/analyze.ts';

const pages = (...all: number[]): { pages: number }[] => all.map((one) => ({ pages: one }));
const sums = (lanes: readonly { pages: number }[][]): number[] =>
  lanes.map((lane) => lane.reduce((sum, one) => sum + one.pages, 0));

it('shares tables out evenly, the largest first', () => {
  expect(sums(sharedOut(pages(5000, 30_000, 10_000, 16_000), 2))).toEqual([30_000, 31_000]);
});

it('takes no session more than is worth it', () => {
  expect(sums(sharedOut(pages(30_000, 3999), 2))).toEqual([33_999]);
  expect(sums(sharedOut(pages(9000, 9000, 100), 3))).toEqual([9100, 9000]);
  expect(sharedOut(pages(), 4)).toEqual([[]]);
});
