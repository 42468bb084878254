import { median } from './median.ts';
import type { Result } from './result.ts';
import { type Figure, peakOfOurs, secondsOf } from './row.ts';
import { type ContenderId, titles } from './titles.ts';

/** What memory may vary by from a small database to a large one and still be called flat. */
export const flat = 1.2;

const backups: readonly ContenderId[] = ['plain', 'gzip', 'zstd', 'custom', 'directory'];

/** How many times as long a megabyte takes in the large database as in the small one; the worst of our formats. */
export function growthOfTime(small: Result, large: Result): Figure | null {
  const figures = backups.flatMap((id) => {
    const value = secondsPerByte(large, id) / secondsPerByte(small, id);
    return Number.isFinite(value) ? [{ value, detail: `the worst: ${titles[id].title}` }] : [];
  });
  return figures.toSorted((a, b) => b.value - a.value)[0] ?? null;
}

/** How many times as much memory the large database takes as the small one. */
export function growthOfMemory(small: Result, large: Result): Figure | null {
  const [less, more] = [peakOfOurs(small), peakOfOurs(large)];
  if (less === null || more === null) return null;
  return {
    value: more.value / less.value,
    detail: `${less.value.toFixed(0)} MB to ${more.value.toFixed(0)} MB`,
  };
}

function secondsPerByte(result: Result, id: ContenderId): number {
  return median(secondsOf(result, id)) / result.facts.databaseBytes;
}
