import { expect, test } from 'vitest';
import type { RestoreResult } from '../../../../src/operations/restore.ts';
import {
  backupText,
  clearPreviewText,
  clearText,
  restorePreviewText,
  restoreText,
  rotationText,
  undoText,
  verifyText,
} from '../../../../src/ui/line/results.ts';
import { paint } from '../../../../src/ui/paint.ts';
import { completeSet, hostile, raw } from './sets.ts';

const plain = paint(false);
const users = { schema: 'public', name: 'users' };
const set = completeSet();

const restored: RestoreResult = {
  outcome: 'restored',
  database: 'kubegram',
  set,
  changes: [{ ...users, before: 150, after: 148 }],
  exact: true,
  safetyBackup: { id: 'safe', reused: false },
  undoPoint: null,
  keptUndoPoints: [],
  removed: [],
  blockedMs: 21.4,
  warnings: [],
  repairs: [],
};

test('a restore says what it changed, where the old data is, and how to go back', () => {
  expect(restoreText(restored, plain).split('\n')).toEqual([
    `Restored kubegram from ${set.id}: 12 345 rows proven`,
    '  users 150 → 148',
    'What was there is backed up as safe',
    'The database was out of reach for 21 ms. Back again with: npm run db:undo',
  ]);
});

test('a dry run says what it would change', () => {
  const dry = restoreText({ ...restored, outcome: 'dry-run' }, plain);
  expect(dry).toContain('nothing was changed. It would change:\n  users 150 → 148');
  expect(restoreText({ ...restored, outcome: 'dry-run', changes: [] }, plain)).toContain(
    'no row count would change',
  );
});

test('a preview counts the sessions that are cut, and tells making from replacing', () => {
  const preview = { set, database: 'kubegram', exists: true, sessions: 2, changes: [], exact: true };
  expect(restorePreviewText(preview, plain)).toBe(
    `This replaces the database kubegram from ${set.id}; 2 sessions are cut.\n  no row count changes`,
  );
  expect(restorePreviewText({ ...preview, exists: false, sessions: 0 }, plain)).toMatch(
    /^This makes .*\d\.\n/,
  );
});

test('a backup says what changed since the one before', () => {
  const previous = { id: 'before', changes: [{ ...users, before: 150, after: null }] };
  const text = backupText(
    { set, previous, removed: [completeSet({}, 'gone')], warnings: ['Look.'], repairs: [] },
    plain,
  );
  expect(text.split('\n')).toEqual([
    'Note: Look.',
    'Backed up kubegram: 12 345 rows in 2 tables, 2.3 MB, 0.8 s',
    `  ${set.id}.sql`,
    expect.stringMatching(/^ {2}sha256:a+ {2}\(read back and compared\)$/),
    'Since before:',
    '  users goes away with its 150 rows',
    'Rotated out: gone',
  ]);
});

test('a rotation gives a reason for each', () => {
  const decisions = [
    { set, keep: true, reason: 'the newest' },
    { set: completeSet({}, 'old'), keep: false, reason: 'two newer ones are kept' },
  ];
  const dry = rotationText({ decisions, removed: [] }, true, plain);
  expect(dry).toMatch(/^keep +kubegram.* the newest$/m);
  expect(dry).toMatch(/^would go +old +two newer ones are kept$/m);
  expect(dry).toMatch(/1 would be removed; nothing was changed\.$/);
  expect(rotationText({ decisions, removed: [set] }, false, plain)).toMatch(
    /removed +old[\s\S]*\n1 removed\.$/,
  );
  expect(rotationText({ decisions: [], removed: [] }, false, plain)).toBe('There are no backups.');
});

test('names and messages with control characters do not reach the screen raw', () => {
  const evil = completeSet({ database: hostile });
  const table = { schema: hostile, name: hostile, rows: 1 };
  const point = {
    name: hostile,
    oid: 1,
    sizeBytes: 1,
    at: '2026-02-08T20:28:47.000Z',
    operation: 'clear',
    backupId: null,
  } as const;
  const preview = { database: hostile, sessions: 0, cleared: [table], kept: [table], exact: false };
  const untouched = {
    undoPoint: null,
    keptUndoPoints: [point],
    removed: [],
    blockedMs: 3,
    warnings: [hostile],
    repairs: [hostile],
  };
  const texts = [
    backupText({ set: evil, previous: null, removed: [], warnings: [hostile], repairs: [hostile] }, plain),
    restoreText(
      { ...restored, database: hostile, set: evil, warnings: [hostile], keptUndoPoints: [point] },
      plain,
    ),
    restorePreviewText(
      { set: evil, database: hostile, exists: true, sessions: 0, changes: [], exact: true },
      plain,
    ),
    clearPreviewText(preview, true, plain),
    ...(['cleared', 'dry-run', 'nothing-to-clear'] as const).map((outcome) =>
      clearText({ ...preview, ...untouched, outcome, backup: evil }, plain),
    ),
    undoText({ database: hostile, from: point, undoPoint: point, blockedMs: 1, repairs: [hostile] }, plain),
    verifyText({ set: evil, level: 'contents', warnings: [hostile] }, plain),
  ];
  for (const text of texts) {
    expect(text).not.toMatch(raw);
    expect(text).not.toMatch(/^name/m);
  }
});
