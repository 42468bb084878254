import { OperationError } from '../../../../src/core/errors.ts';
import type { Manifest } from '../../../../src/core/manifest.ts';
import { noPace } from '../../../../src/core/pace.ts';
import type { TargetStatus, UndoPoint } from '../../../../src/core/ports/database-facts.ts';
import type { BackupSet, CompleteSet } from '../../../../src/core/ports/store.ts';
import type { ClearPreview } from '../../../../src/operations/clear.ts';
import type { RestorePreview } from '../../../../src/operations/preview-restore.ts';
import type { Previewed, Seen } from '../../../../src/operations/seen.ts';
import type { StatusResult } from '../../../../src/operations/status.ts';
import type { UndoPreview } from '../../../../src/operations/undo.ts';
import { type Dangerous, initialState, type Job, type MenuState } from '../../../../src/ui/tui/state.ts';
import { completeSet, now as moment } from '../line/sets.ts';

/** States of the menu, and what it is shown, for tests; only what a test is about differs. */

export const now = moment.getTime();

export function backupId(sequence: number): string {
  return `kubegram_backup_20260101_${String(sequence).padStart(6, '0')}`;
}

/** The backup with this number; a larger number is a newer one. */
export function numberedSet(sequence: number, differences: Partial<Manifest> = {}): CompleteSet {
  const timestamp = new Date(now - 3_600_000 + sequence * 1000).toISOString();
  return completeSet({ sequence, timestamp, ...differences }, backupId(sequence));
}

/** So many backups, newest first. */
export function numberedSets(count: number): CompleteSet[] {
  return Array.from({ length: count }, (_, at) => numberedSet(count - at));
}

export const undoPoint: UndoPoint = {
  name: 'kubegram__kubegram_undo_1',
  oid: 1,
  sizeBytes: 1000,
  at: '2026-02-08T20:20:00.000Z',
  operation: 'clear',
  backupId: null,
};

export function target(differences: Partial<TargetStatus> = {}): TargetStatus {
  return {
    state: 'running',
    image: 'postgres:17',
    serverVersion: '17.5',
    exists: true,
    sizeBytes: 9_437_184,
    sessions: 2,
    tables: [
      {
        schema: 'public',
        name: 'users',
        columns: ['id'],
        estimatedRows: 12300,
        sizeBytes: 800,
        extension: null,
      },
    ],
    undoPoint,
    leftovers: [],
    ...differences,
  };
}

export function look(differences: Partial<StatusResult> = {}, sets: readonly BackupSet[] = []): StatusResult {
  const complete = sets.filter((set) => set.state === 'complete');
  return {
    database: 'kubegram',
    container: 'kubegram-server-postgres-1',
    target: target(),
    unreachable: null,
    backups: {
      folder: '/backups',
      count: complete.length,
      others: 0,
      unverifiable: sets.length - complete.length,
      totalBytes: complete.length * 2_300_000,
      newest: complete[0] ?? null,
      freeBytes: 10_000_000_000,
    },
    repairs: [],
    ...differences,
  };
}

export const down = new OperationError(
  'unreachable',
  'The container kubegram-server-postgres-1 is stopped.',
  {
    hint: 'Start it with: docker start kubegram-server-postgres-1',
  },
);

/** A database that is out of reach, with its hint. */
export const lost = (sets: readonly BackupSet[] = []): StatusResult =>
  look({ target: null, unreachable: down }, sets);

/** The menu at 80 × 24, everything read, three backups, an undo point. */
export function state(differences: Partial<MenuState> = {}): MenuState {
  const sets = differences.sets ?? numberedSets(3);
  return { ...initialState(80, 24, now), look: look({}, sets), sets, ...differences };
}

export function job(differences: Partial<Job> = {}): Job {
  return {
    title: 'Backing up kubegram',
    quick: false,
    startedAt: now,
    progress: { phase: 'Dumping' },
    pace: noPace,
    phaseStartedAt: now,
    done: [],
    cancelling: false,
    ...differences,
  };
}

/** The database that is looked at. */
export const seen: Seen = { systemIdentifier: '7000', oid: 16384, undoPoint: null };

export function clearPreview(tables = 2): Previewed<ClearPreview> {
  return {
    seen,
    database: 'kubegram',
    sessions: 1,
    cleared: Array.from({ length: tables }, (_, at) => ({ schema: 'public', name: `table_${at}`, rows: at })),
    kept: [{ schema: 'public', name: '_prisma_migrations', rows: 3 }],
    exact: true,
  };
}

export function restorePreview(set = numberedSet(2), tables = 2): Previewed<RestorePreview> {
  return {
    seen,
    set,
    database: 'kubegram',
    exists: true,
    sessions: 2,
    changes: Array.from({ length: tables }, (_, at) => ({
      schema: 'public',
      name: `table_${at}`,
      before: 10,
      after: at + 20,
    })),
    exact: true,
  };
}

export const clearing = (everything = false, tables = 2): Dangerous => ({
  do: 'clear',
  everything,
  preview: clearPreview(tables),
});

export const restoring = (set = numberedSet(2), tables = 2): Dangerous => ({
  do: 'restore',
  id: set.id,
  preview: restorePreview(set, tables),
});

export function undoPreview(database = 'kubegram'): Previewed<UndoPreview> {
  return { seen: { ...seen, undoPoint: undoPoint.oid }, database, point: undoPoint };
}

export const undoing = (database = 'kubegram'): Dangerous => ({
  do: 'undo',
  preview: undoPreview(database),
});
