import { describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/core/errors.ts';
import type { TableRows, UndoPoint } from '../../../src/core/ports/database-facts.ts';
import type { CompleteSet } from '../../../src/core/ports/store.ts';
import type { Connection } from '../../../src/core/ports/target.ts';
import type { BackupReceipt } from '../../../src/operations/take-backup.ts';
import { tidyUp } from '../../../src/operations/tidy-up.ts';
import { type MemoryStore, memoryStore } from '../../support/store-memory.ts';
import { never } from '../../support/store-sets.ts';
import { memoryTarget } from '../../support/target-memory.ts';

const point = (oid: number, backupId: string | null): UndoPoint => ({
  name: `kubegram__kubegram_undo_${oid}`,
  oid,
  backupId,
  sizeBytes: 1,
  at: '2026-02-08T20:00:00Z',
  operation: 'clear',
});

/** A server with undo points, and what becomes of them. */
function serverWith(points: UndoPoint[], facts: { late?: TableRows[]; emptied?: number[] } = {}) {
  const done: string[] = [];
  const connection: Partial<Connection> = {
    undoPoints: async () => points,
    writtenSince: async ({ oid }, mark) => {
      done.push(`late ${oid} since ${mark}`);
      return facts.late ?? [];
    },
    recordBackup: async (one, backupId) => {
      done.push(`record ${one.oid}`);
      return { ...one, backupId };
    },
    isEmptied: async ({ oid }) => facts.emptied?.includes(oid) === true,
    dropUndoPoint: async ({ oid }) => void done.push(`drop ${oid}`),
  };
  return { connection: connection as Connection, done };
}

const receiptOf = (set: CompleteSet): BackupReceipt =>
  ({ set, mark: '700', reused: false, warnings: [] }) as unknown as BackupReceipt;

function tidy(
  store: MemoryStore,
  connection: Connection,
  { receipt, newest, signal = never }: { receipt?: BackupReceipt; newest?: UndoPoint; signal?: AbortSignal },
) {
  const phases: string[] = [];
  const run = { signal, onProgress: ({ phase }: { phase: string }) => void phases.push(phase) };
  const ports = { store, target: memoryTarget().target };
  return tidyUp(ports, { keep: 1 }, connection, run, receipt, newest).then((tidied) => ({
    ...tidied,
    phases,
  }));
}

describe('tidying up', () => {
  it('rotates, then drops the undo points whose backup is still there and verifies', async () => {
    const store = memoryStore();
    const [old, kept, made] = [store.add(1, 3), store.add(2, 3, { pinned: true }), store.add(3, 3)];
    const newest = point(9, made.id);
    const { connection, done } = serverWith([newest, point(7, kept.id), point(6, 'gone_backup')]);
    const tidied = await tidy(store, connection, { receipt: receiptOf(made), newest });
    expect(tidied.removed.map(({ id }) => id)).toEqual([old.id]);
    expect(done).toEqual(['late 9 since 700', 'record 9', 'drop 7']);
    expect(tidied.undoPoint?.backupId).toBe(made.id);
    expect(tidied.keptUndoPoints.map(({ oid }) => oid)).toEqual([6]);
    expect(tidied).toMatchObject({ warnings: [], phases: expect.arrayContaining(['Tidying up']) });
  });

  it('keeps the backups that undo points were backed up as, and an undo point whose backup is damaged', async () => {
    const store = memoryStore();
    const [needed, made] = [store.add(1, 3), store.add(2, 3)];
    store.data.set(needed.id, Buffer.from('damaged'));
    const newest = point(9, made.id);
    const { connection, done } = serverWith([newest, point(7, needed.id)]);
    const tidied = await tidy(store, connection, { receipt: receiptOf(made), newest });
    expect(tidied.removed).toEqual([]);
    expect(done).not.toContain('drop 7');
    expect(tidied.keptUndoPoints.map(({ oid }) => oid)).toEqual([7]);
  });

  it('drops an undo point that no backup was made of where it holds nothing', async () => {
    const store = memoryStore();
    const newest = point(9, store.add(1, 3).id);
    const { connection, done } = serverWith([newest, point(7, null), point(6, null)], { emptied: [6] });
    const tidied = await tidy(store, connection, { newest });
    expect(done).toEqual(['drop 6']);
    expect(tidied.keptUndoPoints.map(({ oid }) => oid)).toEqual([7]);
    expect(tidied.removed).toEqual([]);
    expect(store.calls.filter((call) => call.startsWith('remove'))).toEqual([]);
  });

  it('names the rows that came in after the backup, which then never stands for the undo point', async () => {
    const store = memoryStore();
    const made = store.add(1, 3);
    const late = [
      { schema: 'public', name: 't', rows: 5 },
      { schema: 'a b', name: 'u', rows: 1 },
    ];
    const { connection, done } = serverWith([point(9, made.id)], { late });
    const { warnings, undoPoint } = await tidy(store, connection, {
      receipt: receiptOf(made),
      newest: point(9, null),
    });
    expect(done).not.toContain('record 9');
    expect(undoPoint?.backupId).toBeNull();
    expect(warnings).toEqual([
      'Rows were written after the backup began: public.t (5), "a b".u (1). Only the undo point has them: npm run db:undo',
    ]);
  });

  it('does nothing where there is no backup and no undo point, and rotates after a backup alone', async () => {
    const store = memoryStore();
    const [old, made] = [store.add(1, 3), store.add(2, 3)];
    const { connection, done } = serverWith([point(7, null)], { emptied: [7] });
    expect(await tidy(store, connection, {})).toEqual({
      undoPoint: null,
      removed: [],
      keptUndoPoints: [],
      warnings: [],
      phases: [],
    });
    const tidied = await tidy(store, connection, { receipt: receiptOf(made) });
    expect(tidied.removed.map(({ id }) => id)).toEqual([old.id]);
    expect(tidied).toMatchObject({ undoPoint: null, keptUndoPoints: [], warnings: [] });
    expect(tidied.phases).not.toContain('Tidying up');
    expect(done).toEqual([]);
  });

  it('tells in a warning that it failed or was interrupted, and never as a failure: the work is done', async () => {
    const store = memoryStore();
    const made = store.add(2, 3);
    const { connection } = serverWith([point(9, made.id)]);
    const failing = {
      ...connection,
      undoPoints: () => Promise.reject(new OperationError('unreachable', 'The server went away.')),
    };
    const failed = await tidy(store, failing, { receipt: receiptOf(made), newest: point(9, made.id) });
    const done = 'It is done; the tidying up after it was not:';
    expect(failed.warnings).toEqual([`${done} The server went away. A later command does it.`]);
    const signal = AbortSignal.abort(new OperationError('interrupted', 'It was interrupted.'));
    const interrupted = await tidy(store, connection, { receipt: receiptOf(made), signal });
    expect(interrupted.warnings).toEqual([`${done} It was interrupted. A later command does it.`]);
    expect(interrupted.removed).toEqual([]);
  });

  it('rotates where late rows cannot be looked for, and names late rows where rotation fails; older undo points stay', async () => {
    const blind = memoryStore();
    const [old, made] = [blind.add(1, 3), blind.add(2, 3)];
    const newest = point(9, made.id);
    const late = [{ schema: 'public', name: 't', rows: 5 }];
    const { connection, done } = serverWith([newest, point(7, made.id)], { late });
    const failing = {
      ...connection,
      writtenSince: () => Promise.reject(new OperationError('unreachable', 'The server went away.')),
    };
    const rotated = await tidy(blind, failing, { receipt: receiptOf(made), newest });
    expect(rotated.removed.map(({ id }) => id)).toEqual([old.id]);
    expect(rotated.warnings).toEqual([expect.stringContaining('The server went away.')]);
    const store = memoryStore();
    const receipt = receiptOf(store.add(2, 3));
    store.list = () => Promise.reject(new OperationError('store-failed', 'The disk is gone.'));
    const named = await tidy(store, connection, { receipt, newest });
    expect(named.warnings).toEqual([
      expect.stringContaining('public.t (5)'),
      expect.stringContaining('The disk is gone.'),
    ]);
    expect(done).not.toContain('drop 7');
  });

  it('tells where older undo points cannot be looked at, when the rest is done', async () => {
    const store = memoryStore();
    const [old, made] = [store.add(1, 3), store.add(2, 3)];
    const { connection, done } = serverWith([point(9, made.id), point(7, null)]);
    const failing = {
      ...connection,
      isEmptied: () => Promise.reject(new OperationError('unreachable', 'The server went away.')),
    };
    const tidied = await tidy(store, failing, { receipt: receiptOf(made), newest: point(9, null) });
    expect(tidied.removed.map(({ id }) => id)).toEqual([old.id]);
    expect(tidied.warnings).toEqual([expect.stringContaining('The server went away.')]);
    expect(tidied.undoPoint?.backupId).toBe(made.id);
    expect(done).toEqual(['late 9 since 700', 'record 9']);
  });

  it('reads a backup once that is to stay and that an undo point was backed up as', async () => {
    const store = memoryStore();
    const [, kept, made] = [store.add(1, 3), store.add(2, 3, { pinned: true }), store.add(3, 3)];
    const newest = point(9, made.id);
    const { connection, done } = serverWith([newest, point(7, kept.id)]);
    await tidy(store, connection, { receipt: receiptOf(made), newest });
    expect(done).toContain('drop 7');
    expect(store.calls.filter((call) => call.startsWith('open'))).toEqual([`open ${kept.id}`]);
  });

  it('drops no more undo points once it is interrupted', async () => {
    const store = memoryStore();
    const made = store.add(1, 3);
    const interrupt = new AbortController();
    const points = [point(9, null), point(7, made.id), point(6, made.id)];
    const { connection, done } = serverWith(points);
    const dropping = {
      ...connection,
      dropUndoPoint: async (one: UndoPoint) => {
        await connection.dropUndoPoint(one);
        interrupt.abort(new OperationError('interrupted', 'It was interrupted.'));
      },
    };
    const { keptUndoPoints } = await tidy(store, dropping, {
      newest: point(9, null),
      signal: interrupt.signal,
    });
    expect(done).toEqual(['drop 7']);
    expect(keptUndoPoints.map(({ oid }) => oid)).toEqual([6]);
  });
});
