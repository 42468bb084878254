import { describe, expect, it } from 'vitest';
import { formatAge, formatBytes, formatCount, formatDuration } from '../../../src/core/format.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('what people read', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_940, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [2_300_000, '2.3 MB'],
    [1_500_000_000, '1.5 GB'],
    [2_000_000_000_000, '2.0 TB'],
    [5e16, '50000 TB'],
  ])('of %d bytes is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [-hour, '0.0 s'],
    [0, '0.0 s'],
    [812, '0.8 s'],
    [9949, '9.9 s'],
    [9950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min 0 s'],
    [185_000, '3 min 5 s'],
    [3_599_499, '59 min 59 s'],
    [3_599_500, '1 h 0 min'],
    [2 * hour + 10 * minute, '2 h 10 min'],
    [50 * hour, '50 h 0 min'],
  ])('of %d milliseconds is %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it.each([
    [-hour, 'just now'],
    [minute - 1, 'just now'],
    [minute, '1 min ago'],
    [hour - 1, '59 min ago'],
    [hour, '1 h ago'],
    [48 * hour - 1, '47 h ago'],
    [48 * hour, '2 days ago'],
    [400 * 24 * hour, '400 days ago'],
  ])('of an age of %d milliseconds is %s', (milliseconds, text) => {
    expect(formatAge(milliseconds)).toBe(text);
  });

  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1 000'],
    [12_345, '12 345'],
    [1_234_567, '1 234 567'],
  ])('of the count %d is %s', (count, text) => {
    expect(formatCount(count)).toBe(text);
  });
});
