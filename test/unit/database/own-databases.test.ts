import { expect, test } from 'vitest';
import { type UndoMarker, writeMarker } from '../../../src/database/postgres/marker.ts';
import {
  type NamedRow,
  nextSequence,
  ownDatabasesOf,
  undoPointsAmong,
} from '../../../src/database/postgres/own-databases.ts';

function row(oid: number, at: string, changes: Partial<UndoMarker> = {}): NamedRow {
  const marker: UndoMarker = {
    kind: 'undo',
    of: 'app',
    oid,
    at,
    operation: 'clear',
    backupId: null,
    comment: null,
    ...changes,
  };
  return { name: `app__kubegram_undo_${oid}`, oid, sizeBytes: 1, comment: writeMarker(marker) };
}

test('the newest undo point is the last one made, whatever the clock said', () => {
  const own = ownDatabasesOf(
    [
      row(1, '2030-01-01T00:00:00Z'), // of an older version of this tool
      row(2, '2020-01-01T00:00:00Z'),
      row(3, '2029-01-01T00:00:00Z', { sequence: 1 }),
      row(4, '2021-01-01T00:00:00Z', { sequence: 2 }),
    ],
    'app',
  );
  expect(undoPointsAmong(own).map(({ oid }) => oid)).toEqual([4, 3, 1, 2]);
  expect(nextSequence(own)).toBe(3);
  expect(nextSequence([])).toBe(1);
});
