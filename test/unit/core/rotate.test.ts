import { beforeEach, describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/core/errors.ts';
import { cleanUp, deleteBackup, pinBackup } from '../../../src/operations/manage.ts';
import { planRotation, removeUnkept, rotate, verifyOnce } from '../../../src/operations/rotate.ts';
import type { Run } from '../../../src/operations/run.ts';
import { type MemoryStore, memoryStore } from '../../support/store-memory.ts';
import { idOf, never } from '../../support/store-sets.ts';

const run: Run = { signal: never, onProgress: () => {} };

let store: MemoryStore;
const opened = (): string[] => store.calls.flatMap((call) => (call.startsWith('open ') ? call.slice(5) : []));
const removed = (): string[] =>
  store.calls.flatMap((call) => (call.startsWith('remove ') ? call.slice(7) : []));
const flip = (nth: number): void => {
  const data = store.data.get(idOf(nth));
  data?.writeUInt8(data.readUInt8(data.length / 2) ^ 1, data.length / 2);
};

beforeEach(() => {
  store = memoryStore();
});

describe('rotation', () => {
  it('hashes nothing where nothing is removed', async () => {
    store.add(1, 9);
    store.add(2, 9);
    expect((await rotate(store, 'kubegram', 2, run)).removed).toEqual([]);
    expect(store.calls).toEqual([]);
  });

  it('removes nothing of a database that has no backup', async () => {
    expect(await rotate(store, 'kubegram', 2, run)).toEqual({ decisions: [], removed: [] });
  });

  it('hashes what stays before anything goes, but not what was just verified', async () => {
    for (const nth of [1, 2, 3]) store.add(nth, 9);
    store.add(4, 9, { pinned: true, as: 'gzip' });
    await rotate(store, 'kubegram', 2, run, { verify: verifyOnce(store, run, idOf(3)) });
    expect(opened().toSorted()).toEqual([idOf(2), idOf(4)]);
    expect(store.calls.at(-1)).toBe(`remove ${idOf(1)}`);
  });

  it('removes the oldest first', async () => {
    for (const nth of [3, 1, 5, 2, 4]) store.add(nth, 9);
    const { removed: gone, decisions } = await rotate(store, 'kubegram', 2, run);
    expect(removed()).toEqual([idOf(1), idOf(2), idOf(3)]);
    expect(gone.map(({ id }) => id).toSorted()).toEqual(removed());
    expect(decisions).toHaveLength(5);
  });

  it('lets an older good set stay for one that does not verify', async () => {
    for (const nth of [1, 2, 3]) store.add(nth, 9);
    flip(3);
    await rotate(store, 'kubegram', 1, run);
    expect(removed()).toEqual([idOf(1)]);
    expect(store.sets.map(({ id }) => id)).toEqual([idOf(2), idOf(3)]);
  });

  it('removes nothing where only the oldest verifies', async () => {
    for (const nth of [1, 2, 3, 4]) store.add(nth, 9);
    for (const nth of [2, 3, 4]) flip(nth);
    const { decisions } = await rotate(store, 'kubegram', 1, run);
    expect(removed()).toEqual([]);
    expect(decisions.map(({ reason }) => reason)).toEqual([
      ...new Array(3).fill('does not verify; it is left for you to look at'),
      'full backup 1 of 1',
    ]);
  });

  it('leaves everything where nothing verifies', async () => {
    for (const nth of [1, 2, 3]) store.add(nth, 9);
    for (const nth of [1, 2, 3]) flip(nth);
    await rotate(store, 'kubegram', 1, run);
    expect(removed()).toEqual([]);
  });

  it('does not count a set whose damaged twin would have stood for it', async () => {
    store.add(1, 9, { content: 'a' });
    store.add(2, 9, { content: 'a' });
    flip(2);
    await rotate(store, 'kubegram', 1, run);
    expect(removed()).toEqual([]);
  });

  it('does not count one whose file is gone', async () => {
    for (const nth of [1, 2, 3]) store.add(nth, 9);
    const open = store.open;
    store.open = async (set) => {
      if (set.id !== idOf(3)) return open(set);
      throw new OperationError('backup-unverified', 'The data file is gone.');
    };
    await rotate(store, 'kubegram', 1, run);
    expect(removed()).toEqual([idOf(1)]);
  });

  it('does not count a cut one', async () => {
    store.add(1, 9);
    store.add(2, 9);
    const cut = store.add(3, 9);
    store.data.set(cut.id, (store.data.get(cut.id) ?? Buffer.alloc(0)).subarray(0, -40));
    await rotate(store, 'kubegram', 1, run);
    expect(removed()).toEqual([idOf(1)]);
  });

  it('touches neither another database nor what cannot be verified', async () => {
    const strange = {
      state: 'unverifiable',
      id: idOf(9),
      dataFile: null,
      sizeBytes: 0,
      because: '',
    } as const;
    store.sets.push(strange);
    store.add(1, 9, { database: 'kubegram_test' });
    store.add(2, 9);
    store.add(3, 9);
    await rotate(store, 'kubegram', 1, run);
    expect(removed()).toEqual([idOf(2)]);
  });

  it('stops where a set cannot be read for a reason that is not its own', async () => {
    for (const nth of [1, 2, 3]) store.add(nth, 9);
    store.open = async () => {
      throw new OperationError('store-failed', 'The disk is gone.');
    };
    await expect(rotate(store, 'kubegram', 1, run)).rejects.toThrow('The disk is gone.');
    expect(removed()).toEqual([]);
  });

  it('stops at an interruption, between two sets', async () => {
    for (const nth of [1, 2, 3, 4]) store.add(nth, 9);
    const stop = new AbortController();
    const { remove } = store;
    store.remove = async (set) => {
      await remove(set);
      stop.abort(new Error('Ctrl-C'));
    };
    await expect(rotate(store, 'kubegram', 1, { ...run, signal: stop.signal })).rejects.toThrow('Ctrl-C');
    expect(removed()).toEqual([idOf(1)]);
  });

  it('refuses a plan that would leave nothing, whoever made it', async () => {
    const decisions = [store.add(1, 9), store.add(2, 9)].map((set) => ({ set, keep: false, reason: '' }));
    await expect(removeUnkept(store, decisions, run)).rejects.toMatchObject({
      code: 'failed',
      message: 'Rotation would have removed every backup; nothing was removed.',
      hint: 'Please report it, with the output of: npm run backup:list -- --json',
    });
    expect(removed()).toEqual([]);
  });

  it('shows the same sets beforehand that then go', async () => {
    for (const nth of [1, 2, 3, 4]) store.add(nth, 9);
    flip(4);
    const planned = (await planRotation(store, 'kubegram', 2, run)).filter(({ keep }) => !keep);
    const done = await rotate(store, 'kubegram', 2, run);
    expect(done.removed).toEqual(planned.map(({ set }) => set));
  });
});

describe('a cleanup', () => {
  beforeEach(() => {
    for (const nth of [1, 2, 3]) store.add(nth, 9);
    for (const nth of [4, 5]) store.add(nth, 9, { database: 'other' });
    store.sets.push({
      state: 'unverifiable',
      id: idOf(9),
      dataFile: null,
      sizeBytes: 0,
      because: 'it is cut',
    });
  });

  it('goes over each database by itself, under the lock', async () => {
    const result = await cleanUp(store, { keep: 1 }, { dryRun: false }, run);
    expect(removed()).toEqual([idOf(1), idOf(2), idOf(4, 'other')]);
    expect(result.removed).toHaveLength(3);
    expect(result.decisions).toHaveLength(6);
    expect([store.calls[0], store.calls.at(-1)]).toEqual(['lock cleanup', 'unlock']);
  });

  it('says what would go without a lock and without removing', async () => {
    const result = await cleanUp(store, { keep: 1 }, { dryRun: true }, run);
    expect(result.decisions.filter(({ keep }) => !keep)).toHaveLength(3);
    expect(result.removed).toEqual([]);
    expect(store.calls.filter((call) => !call.startsWith('open'))).toEqual([]);
  });
});

describe('one set', () => {
  it('is deleted by any of its names, under the lock', async () => {
    const set = store.add(1, 9);
    expect(await deleteBackup(store, `${set.id}.sql`)).toBe(set);
    expect(store.calls).toEqual(['lock delete', `remove ${set.id}`, 'unlock']);
    expect(await store.list()).toEqual([]);
  });

  it('is not deleted while it is pinned', async () => {
    const set = store.add(1, 9, { pinned: true });
    await expect(deleteBackup(store, set.id)).rejects.toMatchObject({
      code: 'refused',
      message: `${set.id} is pinned and is not deleted.`,
      hint: `Type: npm run backup:unpin ${set.id}`,
    });
    store.calls.length = 0;
    await pinBackup(store, set.id, false);
    expect(store.calls).toEqual(['lock unpin', 'unlock']);
    await deleteBackup(store, set.id);
    expect(removed()).toEqual([set.id]);
  });

  it('is pinned once, and what cannot be verified is not', async () => {
    const set = store.add(1, 9);
    const pinned = await pinBackup(store, set.id, true);
    expect(pinned.manifest.pinned).toBe(true);
    expect(store.calls).toEqual(['lock pin', 'unlock']);
    expect(await pinBackup(store, set.id, true)).toBe(pinned);
    store.sets.push({
      state: 'unverifiable',
      id: idOf(9),
      dataFile: null,
      sizeBytes: 0,
      because: 'it is cut',
    });
    await expect(pinBackup(store, idOf(9), true)).rejects.toMatchObject({
      code: 'backup-unverified',
      message: `${idOf(9)} cannot be pinned: it is cut.`,
      hint: 'Rotation never removes it; delete it by hand if it is not needed.',
    });
    await deleteBackup(store, idOf(9));
  });
});
