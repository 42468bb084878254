import { describe, expect, test } from 'vitest';
import type { BackupSet } from '../../../../src/core/ports/store.ts';
import { visibleBackups } from '../../../../src/ui/tui/visible-backups.ts';
import { numberedSet, state } from './states.ts';

const sets: BackupSet[] = [
  numberedSet(4, { size_bytes: 10, total_records: 5, note: 'Before the RELEASE', reason: 'scheduled' }),
  numberedSet(3, { size_bytes: 30, total_records: 1, pinned: true }),
  { state: 'unverifiable', id: 'strange', dataFile: null, sizeBytes: 20, because: 'it is cut' },
  numberedSet(1, { size_bytes: 30, total_records: 9, verification: { level: 'contents', at: '' } }),
];
const shown = (differences: Parameters<typeof state>[0]): string[] =>
  visibleBackups(state({ sets, ...differences })).map(({ id }) => id);
const ids = (...sequences: number[]): string[] => sequences.map((n) => numberedSet(n).id);

describe('the order', () => {
  test('by age is that of the store', () => {
    expect(shown({})).toEqual([...ids(4, 3), 'strange', ...ids(1)]);
  });

  test('by size begins with the largest, newer ones first among equals', () => {
    expect(shown({ sort: 'size' })).toEqual([...ids(3, 1), 'strange', ...ids(4)]);
  });

  test('by rows begins with the most, and what cannot be counted comes last', () => {
    expect(shown({ sort: 'rows' })).toEqual([...ids(1, 4, 3), 'strange']);
  });
});

describe('the filter', () => {
  test.each([
    ['release', ids(4)],
    ['before scheduled', ids(4)],
    ['scheduled contents', []],
    ['pinned', ids(3)],
    ['contents', ids(1)],
    ['UNVERIFIABLE', ['strange']],
    ['cut', ['strange']],
    ['000003', ids(3)],
    ['  ', [...ids(4, 3), 'strange', ...ids(1)]],
    ['(', []],
  ])('%j', (filter, expected) => {
    expect(shown({ filter })).toEqual(expected);
  });
});

test('before the backups were read there are none', () => {
  expect(visibleBackups({ sets: null, filter: '', sort: 'age' })).toEqual([]);
});
