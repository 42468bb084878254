import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { backupTable, describeChanges, describeSet } from '../../../../src/ui/line/backups.ts';
import { columnsOf } from '../../../../src/ui/line/table.ts';
import { paint } from '../../../../src/ui/paint.ts';
import { oneLine } from '../../../../src/ui/plain-text.ts';
import { completeSet, hostile, now, raw, strangeSet } from './sets.ts';

const plain = paint(false);

test('the table says of each backup what it is', () => {
  const sets = [completeSet({ pinned: true, note: 'before it' }), strangeSet()];
  expect(backupTable(sets, now, plain).split('\n')).toEqual(
    [
      'ID                               AGE        SIZE    ROWS  REASON  PROOF',
      'kubegram_backup_20260208_202847  2 min ago  2.3 MB  12 345  manual  hash checked  pinned, before it',
      'other_backup_20250101_000000                10 B                    unverifiable  it has no metadata',
    ].map((line) =>
      expect.stringMatching(new RegExp(`^${line.trim().split(/ {2,}/).map(literally).join(' +')}$`)),
    ),
  );
});

test('a note and a reason with control characters do not reach the screen raw', () => {
  const sets = [completeSet({ note: hostile }), strangeSet(hostile)];
  expect(backupTable(sets, now, plain)).not.toMatch(raw);
  expect(backupTable(sets, now, plain, 40)).not.toMatch(raw);
  for (const set of sets) expect(describeSet(set, now)).toBe(oneLine(describeSet(set, now)));
});

test('where the terminal is narrow, the facts stand below the id, within its width', () => {
  const sets = [
    completeSet({ note: 'a note that is a good deal longer than the terminal is wide' }),
    strangeSet(),
  ];
  const lines = backupTable(sets, now, plain, 60).split('\n');
  expect(lines[0]).toBe('kubegram_backup_20260208_202847');
  expect(lines[1]).toBe('  2 min ago, 2.3 MB, 12 345 rows, manual, hash checked, a');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  expect(backupTable(sets, now, plain, 400)).toBe(backupTable(sets, now, plain));
});

test('one set on one line', () => {
  expect(describeSet(completeSet({ note: 'noted' }), now)).toBe(
    'kubegram_backup_20260208_202847  2 min ago, 2.3 MB, 12 345 rows, manual - noted',
  );
  expect(describeSet(strangeSet(), now)).toContain('unverifiable: it has no metadata');
});

test('changes are told table by table', () => {
  const table = (name: string, before: number | null, after: number | null, schema = 'public') => ({
    schema,
    name,
    before,
    after,
  });
  const changes = [
    table('users', 150, 148),
    table('sessions', 12, null),
    table('one', 1, null),
    table('audit', null, 3),
    table('single', null, 1),
    table('Odd "one"', 0, 1200, 'app'),
    table(hostile, 1, 2),
  ];
  expect(describeChanges(changes, true)).toEqual([
    'users 150 → 148',
    'sessions goes away with its 12 rows',
    'one goes away with its 1 row',
    'audit comes in with 3 rows',
    'single comes in with 1 row',
    'app."Odd ""one""" 0 → 1 200',
    expect.stringContaining('U&"evil\\001B[2J'),
  ]);
  expect(describeChanges(changes, true).join('\n')).not.toMatch(raw);
  expect(describeChanges([table('users', 150, 148)], false)).toEqual(['users ~150 → 148']);
  expect(describeChanges(changes, true, 2)).toEqual([
    'users 150 → 148',
    'sessions goes away with its 12 rows',
    'and 5 more',
  ]);
});

test('columns align with wide and coloured text, and no line ends in blanks', () => {
  const coloured = paint(true);
  const text = columnsOf(
    ['NAME', 'ROWS'],
    [
      ['表表', '1'],
      [coloured.good('ab'), '22'],
      ['🦊', '333'],
    ],
    [1],
  );
  const lines = stripVTControlCharacters(text).split('\n');
  expect(lines).toEqual(['NAME  ROWS', '表表     1', 'ab      22', '🦊     333']);
  for (const line of lines) expect(line).toBe(line.trimEnd());
});

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
