import { describe, expect, test } from 'vitest';
import { OperationError } from '../../../../src/core/errors.ts';
import {
  backupLine,
  clearLine,
  deleteLine,
  failureLine,
  pinLine,
  restoreLine,
  undoLine,
  verifyLine,
} from '../../../../src/ui/tui/result-lines.ts';
import { hostile, raw } from '../line/sets.ts';
import { clearPreview, numberedSet, undoPoint } from './states.ts';

const set = numberedSet(3);
const { id } = set;
const told = { warnings: ['Look.'], repairs: ['A rest was removed.'], removed: [numberedSet(1)] };
const notes = ['Put in order: A rest was removed.', 'Note: Look.', `Rotated out: ${numberedSet(1).id}`];
const swapped = { undoPoint: null, keptUndoPoints: [], blockedMs: 21.4 };

describe('the one line that is left of', () => {
  test('a backup has size, duration, file and checksum, and tells what else was done', () => {
    expect(backupLine({ set, previous: null, ...told })).toEqual({
      kind: 'good',
      text: `Backed up kubegram: 12 345 rows, 2.3 MB, 0.8 s, ${id}.sql, sha256:${'a'.repeat(64)}`,
      notes,
    });
  });

  test('a restore says what is proven, how long the database was away, and where the old data is', () => {
    const result = { outcome: 'restored', database: 'kubegram', set, changes: [], exact: true } as const;
    const safetyBackup = { id: 'safe', reused: false };
    expect(restoreLine({ ...result, changes: [], safetyBackup, ...swapped, ...told })).toEqual({
      kind: 'good',
      text: `Restored kubegram from ${id}: 12 345 rows proven, out of reach for 21 ms`,
      notes: ['What was there is backed up as safe; undo brings it back.', ...notes],
    });
    const fresh = restoreLine({
      ...{ ...result, changes: [], safetyBackup: null, ...swapped, blockedMs: null },
      ...{ warnings: [], repairs: [], removed: [] },
    });
    expect(fresh).toMatchObject({ text: expect.stringMatching(/proven$/), notes: [] });
  });

  test('a clear says what is gone, as an estimate where it is one, and the backup', () => {
    const result = { ...clearPreview(3), ...swapped, ...told, outcome: 'cleared', backup: set } as const;
    expect(clearLine({ ...result })).toEqual({
      kind: 'good',
      text: `Cleared kubegram: 3 rows gone, out of reach for 21 ms, backed up as ${id}`,
      notes,
    });
    expect(clearLine({ ...result, exact: false, backup: null, blockedMs: null }).text).toBe(
      'Cleared kubegram: ~3 rows gone',
    );
    expect(clearLine({ ...result, outcome: 'nothing-to-clear' })).toEqual({
      kind: 'plain',
      text: 'There is nothing to clear in kubegram.',
      notes,
    });
  });

  test('an undo says what it went back to', () => {
    const result = { database: 'kubegram', from: undoPoint, undoPoint: null, blockedMs: 3, repairs: [] };
    expect(undoLine(result)).toEqual({
      kind: 'good',
      text: 'Undone: kubegram is as it was before the clear of 2026-02-08 20:20:00 UTC, out of reach for 3 ms',
      notes: [],
    });
  });

  test('a verification says how far it is proven', () => {
    expect(verifyLine({ set, level: 'contents', warnings: ['Look.'] })).toEqual({
      kind: 'good',
      text: `Verified ${id}: contents equal, 12 345 rows, 2.3 MB`,
      notes: ['Note: Look.'],
    });
  });

  test('a pin and a deletion name the backup', () => {
    expect(pinLine(set, true).text).toBe(`Pinned ${id}`);
    expect(pinLine(set, false).text).toBe(`Unpinned ${id}`);
    expect(deleteLine(set).text).toBe(`Deleted ${id}`);
  });
});

describe('a failure', () => {
  test('has its reason, and the hint below it', () => {
    const error = new OperationError('busy', 'Another one is at work.\nsecret', { hint: 'Wait.' });
    expect(failureLine('Backing up', error)).toEqual({
      kind: 'bad',
      text: 'Backing up failed: Another one is at work.',
      notes: ['Wait.'],
    });
    expect(failureLine('Backing up', new TypeError('oh'))).toMatchObject({
      text: 'Backing up failed: oh',
      notes: [],
    });
    expect(failureLine('Backing up', 'oh').text).toBe('Backing up failed: oh');
  });

  test('that was wanted is none', () => {
    const error = new OperationError('interrupted', 'Interrupted.', { hint: 'Nothing was left half done.' });
    expect(failureLine('Backing up kubegram', error)).toEqual({
      kind: 'plain',
      text: 'Cancelled: Backing up kubegram. Nothing was left half done.',
      notes: [],
    });
  });
});

test('nothing that comes from outside reaches the screen raw', () => {
  const evil = numberedSet(1, { database: hostile });
  const lines = [
    backupLine({ set: evil, previous: null, warnings: [hostile], repairs: [hostile], removed: [] }),
    undoLine({ database: hostile, from: undoPoint, undoPoint: null, blockedMs: 1, repairs: [hostile] }),
    failureLine(hostile, new OperationError('failed', hostile, { hint: hostile })),
  ];
  for (const { text, notes: more } of lines) for (const one of [text, ...more]) expect(one).not.toMatch(raw);
});
