import { beforeEach, describe, expect, it } from 'vitest';
import { cleanUp } from '../../../src/operations/manage.ts';
import type { Run } from '../../../src/operations/run.ts';
import { type MemoryStore, memoryStore } from '../../support/store-memory.ts';
import { idOf, never } from '../../support/store-sets.ts';

const run: Run = { signal: never, onProgress: () => {} };
const keep = 1;

let store: MemoryStore;
beforeEach(() => {
  store = memoryStore();
  for (const nth of [1, 2, 3]) store.add(nth, 9);
});
const going = async () =>
  (await cleanUp(store, { keep }, { dryRun: true }, run)).decisions.filter((one) => !one.keep);

describe('a cleanup that a person agreed to', () => {
  it('removes what was shown', async () => {
    const only = new Set((await going()).map(({ set }) => set.id));
    const { removed } = await cleanUp(store, { keep }, { dryRun: false, only }, run);
    expect(removed.map(({ id }) => id).toSorted()).toEqual([idOf(1), idOf(2)]);
  });

  it('leaves what a backup that came after the question pushes out, and says why', async () => {
    const only = new Set((await going()).map(({ set }) => set.id));
    store.add(4, 9);
    const { removed, decisions } = await cleanUp(store, { keep }, { dryRun: false, only }, run);
    expect(removed.map(({ id }) => id).toSorted()).toEqual([idOf(1), idOf(2)]);
    expect(store.sets.map(({ id }) => id)).toEqual([idOf(3), idOf(4)]);
    expect(decisions.find(({ set }) => set.id === idOf(3))).toMatchObject({
      keep: true,
      reason: 'it came up after the question',
    });
  });

  it('does not remove what was shown and is needed by now', async () => {
    const only = new Set((await going()).map(({ set }) => set.id));
    store.sets = store.sets.filter(({ id }) => id !== idOf(3)); // somebody deleted the newest
    const { removed } = await cleanUp(store, { keep }, { dryRun: false, only }, run);
    expect(removed.map(({ id }) => id)).toEqual([idOf(1)]);
    expect(store.sets.map(({ id }) => id)).toEqual([idOf(2)]);
  });
});
