import { expect, test } from 'vitest';
import { OperationError } from '../../../../src/core/errors.ts';
import type { TargetStatus } from '../../../../src/core/ports/database-facts.ts';
import type { StatusResult } from '../../../../src/operations/status.ts';
import { statusText } from '../../../../src/ui/line/status.ts';
import { paint } from '../../../../src/ui/paint.ts';
import { completeSet, hostile, now, raw } from './sets.ts';

const plain = paint(false);

const target: TargetStatus = {
  state: 'running',
  image: 'postgres:17',
  serverVersion: '17.5',
  exists: true,
  sizeBytes: 9_400_000,
  sessions: 1,
  tables: [table('users', 12345, 2_000_000), table('companies', null, 8192)],
  undoPoint: null,
  leftovers: [],
};

function table(name: string, estimatedRows: number | null, sizeBytes: number) {
  return { schema: 'public', name, columns: [], estimatedRows, sizeBytes, extension: null };
}

function result(differences: Partial<StatusResult> = {}): StatusResult {
  return {
    database: 'kubegram',
    container: 'kubegram-server-postgres-1',
    target,
    unreachable: null,
    backups: {
      folder: '/b',
      count: 2,
      others: 0,
      unverifiable: 0,
      totalBytes: 4_600_000,
      newest: completeSet(),
      freeBytes: 5e9,
    },
    repairs: [],
    ...differences,
  };
}

test('a running database', () => {
  expect(statusText(result(), now, plain)).toBe(
    [
      'Database   kubegram in kubegram-server-postgres-1',
      'State      running (postgres:17), PostgreSQL 17.5',
      'Size       9.4 MB, 1 connection',
      'Undo       nothing to undo',
      'Backups    2 (4.6 MB), the newest 2 min ago, hash checked',
      'Disk       5.0 GB free for backups',
      '',
      'TABLE                     ROWS    SIZE',
      'public.users           ~12 345  2.0 MB',
      'public.companies  not analysed  8.2 kB',
    ].join('\n'),
  );
});

test('the database is missing, an undo point is there, something was put in order', () => {
  const undoPoint = {
    name: 'u',
    oid: 1,
    sizeBytes: 8e6,
    at: '2026-02-08T20:28:47.123Z',
    operation: 'clear',
    backupId: null,
  } as const;
  const text = statusText(
    result({
      target: { ...target, exists: false, tables: [], undoPoint },
      repairs: ['The unfinished backup x was removed.'],
    }),
    now,
    plain,
  );
  expect(text).toContain('Put in order: The unfinished backup x was removed.');
  expect(text).toContain('Size       does not exist');
  expect(text).toContain('Undo       the clear of 2026-02-08 20:28:47 UTC (8.0 MB)');
  expect(text).not.toContain('TABLE');
});

test('nothing to reach: the reason stands in the place of the state', () => {
  const unreachable = new OperationError('unreachable', 'The container x is stopped.');
  const text = statusText(result({ target: null, unreachable, container: null }), now, plain);
  expect(text).toContain('Database   kubegram\nState      The container x is stopped.\nBackups    2 ');
});

test('no backups, unverifiable ones, an unknown disk', () => {
  const none = {
    folder: '/b',
    count: 0,
    others: 0,
    unverifiable: 3,
    totalBytes: 0,
    newest: null,
    freeBytes: null,
  };
  const text = statusText(result({ backups: none }), now, plain);
  expect(text).toContain('Backups    none yet, 3 unverifiable');
  expect(text).not.toContain('Disk');
});

test('many tables: the largest, and how many more', () => {
  const tables = Array.from({ length: 20 }, (_, n) => table(`t${n}`, n, n * 1000));
  const text = statusText(
    result({ target: { ...target, state: 'embedded', image: null, tables } }),
    now,
    plain,
  );
  expect(text).toContain('State      embedded, PostgreSQL 17.5');
  expect(text).toMatch(/ROWS.*\npublic\.t19 /);
  expect(text).toMatch(/and 5 more tables$/);
});

test('names with control characters do not reach the screen raw', () => {
  const strange = result({
    database: hostile,
    container: hostile,
    repairs: [hostile],
    target: { ...target, image: hostile, state: hostile, tables: [table(hostile, 1, 1)] },
    unreachable: new OperationError('unreachable', hostile),
  });
  expect(statusText(strange, now, plain)).not.toMatch(raw);
  expect(statusText(strange, now, plain)).not.toMatch(/^name/m);
});
