import { describe, expect, it } from 'vitest';
import type { BackupSet } from '../../../src/core/ports/store.ts';
import { backupTable, describeChanges, describeSet } from '../../../src/ui/line/backups.ts';
import { paint } from '../../../src/ui/paint.ts';
import { completeSet, idOf } from '../../support/store-sets.ts';

const now = new Date('2026-02-08T23:28:47Z');
const sets: BackupSet[] = [
  completeSet(2, {
    size_bytes: 2_411_724,
    total_records: 12_345,
    pinned: true,
    note: 'before\nthe\u001b[2Jmove',
  }),
  completeSet(1, { reason: 'before-clear', size_bytes: 512, total_records: 2 }),
  { state: 'unverifiable', id: idOf(9), dataFile: null, sizeBytes: 7, because: 'it is\ncut' },
];

describe('the list of backups', () => {
  it('says of each how old, how large and how far proven it is, on one line', () => {
    expect(backupTable(sets, now, paint(false))).toBe(
      [
        'ID                               AGE        SIZE    ROWS  REASON        PROOF',
        `${idOf(2)}  3 h ago  2.4 MB  12 345  manual        hash checked  pinned, before the [2Jmove`,
        `${idOf(1)}  3 h ago   512 B       2  before-clear  hash checked`,
        `${idOf(9)}              7 B                        unverifiable  it is cut`,
      ].join('\n'),
    );
  });
});

describe('one backup in a choice', () => {
  it('is told on one line', () => {
    expect(sets.map((set) => describeSet(set, now))).toEqual([
      `${idOf(2)}  3 h ago, 2.4 MB, 12 345 rows, manual - before the [2Jmove`,
      `${idOf(1)}  3 h ago, 512 B, 2 rows, before-clear`,
      `${idOf(9)}  (unverifiable: it is cut)`,
    ]);
  });
});

describe('changes of tables', () => {
  const table = (name: string, before: number | null, after: number | null) => ({
    schema: 'public',
    name,
    before,
    after,
  });

  it('are told a table a line', () => {
    const changes = [
      table('users', 1500, 148),
      table('sessions', 1, null),
      table('logs', 2, null),
      table('new', null, 1),
    ];
    expect(describeChanges(changes, true)).toEqual([
      'users 1 500 → 148',
      'sessions goes away with its 1 row',
      'logs goes away with its 2 rows',
      'new comes in with 1 row',
    ]);
    expect(describeChanges(changes, false, 2)).toEqual([
      'users ~1 500 → 148',
      'sessions goes away with its ~1 row',
      'and 2 more',
    ]);
  });
});
