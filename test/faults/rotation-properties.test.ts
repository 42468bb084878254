import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BackupSet, CompleteSet } from '../../src/core/ports/store.ts';
import { cleanUp } from '../../src/operations/manage.ts';
import { isWhole } from '../../src/operations/read-backup.ts';
import { rotate, verifyOnce } from '../../src/operations/rotate.ts';
import { rounds, tellFigure } from '../support/soak.ts';
import { type MemoryStore, memoryStore } from '../support/store-memory.ts';
import { idOf, never } from '../support/store-sets.ts';

// What rotation decides is in test/unit/core/retention.test.ts; here it hashes files, of which some are damaged, and
// removes, of which some is cut short. Metadata that does not tell the truth of its file is not among them: its digest
// shows what changed in it, and the store lists it as unverifiable (test/faults/flips.test.ts). An early version wrote none;
// of those sets rotation knows the hash alone.

const run = { signal: never, onProgress: () => {} };
const runs = { numRuns: rounds(40, 3000) };
const long = { timeout: 900_000 };

interface Facts {
  rows: number;
  content: number;
  pinned: boolean;
  safety: boolean;
  other: boolean;
  state: 'sound' | 'damaged' | 'cut' | 'unverifiable';
  /** When the clock stood as the set was made: anything. */
  timestamp: Date;
}

const facts: fc.Arbitrary<Facts> = fc.record({
  rows: fc.constantFrom(0, 1, 2, 9, 10, 30, 99, 100),
  content: fc.nat(6),
  pinned: fc.constantFrom(false, false, false, false, true),
  safety: fc.constantFrom(false, false, false, true),
  other: fc.constantFrom(false, false, false, true),
  state: fc.constantFrom('sound', 'sound', 'sound', 'sound', 'damaged', 'cut', 'unverifiable'),
  timestamp: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01T00:00:00Z') }),
});

interface Folder {
  all: Facts[];
  keep: number;
  /** Every how many-th set an undo point stands for; 0: none. */
  needed: number;
}
const folders: fc.Arbitrary<Folder> = fc.record({
  all: fc.array(facts, { minLength: 1, maxLength: 9 }),
  keep: fc.integer({ min: 1, max: 3 }),
  needed: fc.constantFrom(0, 0, 2, 3, 4),
});

/** A folder of that kind, in memory, with real dumps; sets are numbered from 1. */
function storeOf({ all }: Folder): MemoryStore {
  const store = memoryStore();
  for (const [index, one] of all.entries()) {
    const nth = index + 1;
    if (one.state === 'unverifiable') {
      const id = idOf(nth);
      store.sets.push({ state: 'unverifiable', id, dataFile: null, sizeBytes: 0, because: 'it is cut' });
      continue;
    }
    const rows = all.find(({ content }) => content === one.content)?.rows ?? 0;
    const set = store.add(nth, rows, {
      content: String(one.content),
      pinned: one.pinned,
      reason: one.safety ? 'before-restore' : 'manual',
      database: one.other ? 'other' : 'kubegram',
      timestamp: one.timestamp.toISOString(),
    });
    const data = store.data.get(set.id) ?? Buffer.alloc(0);
    const middle = data.length >> 1;
    if (one.state === 'damaged') data.writeUInt8(data.readUInt8(middle) ^ 1, middle);
    if (one.state === 'cut') store.data.set(set.id, data.subarray(0, -40));
  }
  return store;
}

const neededOf = ({ all, needed }: Folder): Set<string> =>
  new Set(needed === 0 ? [] : all.map((_, index) => idOf(index + 1)).filter((_, at) => at % needed === 0));
const complete = (sets: readonly BackupSet[]): CompleteSet[] =>
  sets.filter((set) => set.state === 'complete');
const own = (sets: readonly BackupSet[]): CompleteSet[] =>
  complete(sets).filter(({ manifest }) => manifest.database === 'kubegram');
const idsOf = (sets: readonly BackupSet[]): string[] => sets.map(({ id }) => id).toSorted();

/** The sets of the rotated database that really verify, newest first. */
async function sound(store: MemoryStore): Promise<CompleteSet[]> {
  const found: CompleteSet[] = [];
  for (const set of own(store.sets)) if (await isWhole(store, set, run)) found.push(set);
  return found.toSorted((a, b) => b.manifest.sequence - a.manifest.sequence);
}

const rotated = (store: MemoryStore, folder: Folder, trusted?: string) =>
  rotate(store, 'kubegram', folder.keep, run, {
    needed: neededOf(folder),
    verify: verifyOnce(store, run, trusted),
  });

describe('a rotation of files, whatever became of them,', () => {
  it(
    'keeps the newest that verifies, what is pinned or needed, and everything that is not its own',
    long,
    async () => {
      let removed = 0;
      await fc.assert(
        fc.asyncProperty(folders, async (folder) => {
          const store = storeOf(folder);
          const before = [...store.sets];
          const good = await sound(store);
          removed += (await rotated(store, folder)).removed.length;
          const gone = before.filter((set) => !store.sets.includes(set));
          expect(own(gone)).toEqual(gone);
          expect(gone.filter((set) => set === good[0])).toEqual([]);
          expect(complete(gone).filter(({ manifest }) => manifest.pinned)).toEqual([]);
          expect(gone.filter(({ id }) => neededOf(folder).has(id))).toEqual([]);
        }),
        runs,
      );
      expect(removed).toBeGreaterThan(0);
      tellFigure(
        'Folders that rotation was tried on',
        `${runs.numRuns}, ${removed} sets removed, none too many`,
      );
    },
  );

  it(
    'leaves as many different contents that verify as are to be kept, or all that there are',
    long,
    async () => {
      await fc.assert(
        fc.asyncProperty(folders, async (folder) => {
          const store = storeOf(folder);
          const contents = (sets: readonly CompleteSet[]): number => {
            const largest = Math.max(1, ...sets.map(({ manifest }) => manifest.total_records));
            const full = sets
              .filter(({ manifest }) => manifest.reason !== 'before-restore' && !manifest.pinned)
              .filter(({ manifest }) => manifest.total_records >= largest / 10);
            return new Set(full.map(({ manifest }) => manifest.content_digest)).size;
          };
          const had = contents(await sound(store));
          await rotated(store, folder);
          const kept = (await sound(store)).filter(({ manifest }) => manifest.reason !== 'before-restore');
          const left = new Set(kept.map(({ manifest }) => manifest.content_digest)).size;
          expect(left).toBeGreaterThanOrEqual(Math.min(had, folder.keep));
        }),
        runs,
      );
    },
  );

  it('removes nothing when it is run again', long, async () => {
    await fc.assert(
      fc.asyncProperty(folders, async (folder) => {
        const store = storeOf(folder);
        await rotated(store, folder);
        expect((await rotated(store, folder)).removed).toEqual([]);
      }),
      runs,
    );
  });

  it('removes the same in whatever order the folder lists its sets', long, async () => {
    const orders = fc.tuple(folders, fc.infiniteStream(fc.nat()));
    await fc.assert(
      fc.asyncProperty(orders, async ([folder, numbers]) => {
        const store = storeOf(folder);
        const other = storeOf(folder);
        const places = new Map(other.sets.map((set) => [set, numbers.next().value]));
        other.sets.sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
        const { removed } = await rotated(store, folder);
        expect((await rotated(other, folder)).removed).toEqual(removed);
        expect(idsOf(other.sets)).toEqual(idsOf(store.sets));
      }),
      runs,
    );
  });

  it('removes the same whatever the clock said when the sets were made', long, async () => {
    await fc.assert(
      fc.asyncProperty(folders, async (folder) => {
        const once = new Date('2026-02-08T20:28:47Z');
        const steady = { ...folder, all: folder.all.map((one) => ({ ...one, timestamp: once })) };
        const { removed } = await rotated(storeOf(folder), folder);
        expect(idsOf((await rotated(storeOf(steady), steady)).removed)).toEqual(idsOf(removed));
      }),
      runs,
    );
  });

  it('removes at last what it would have at once, when it is killed after any removal', long, async () => {
    const cuts = fc.tuple(folders, fc.integer({ min: 1, max: 4 }));
    await fc.assert(
      fc.asyncProperty(cuts, async ([folder, nth]) => {
        const whole = storeOf(folder);
        await rotated(whole, folder);
        const store = storeOf(folder);
        const newest = (await sound(store))[0];
        const { remove } = store;
        let calls = 0;
        store.remove = async (set) => {
          if (++calls > nth) throw new Error('killed');
          await remove(set);
        };
        await rotated(store, folder).catch(() => {});
        if (newest !== undefined) expect(store.sets).toContain(newest);
        store.remove = remove;
        await rotated(store, folder);
        const left = idsOf(store.sets);
        const damaged = folder.all.some(({ state }) => state === 'damaged' || state === 'cut');
        // Where nothing is to go any more nothing is hashed (SPEC 6), so one may stay beside what does not verify.
        expect(left).toEqual(damaged ? expect.arrayContaining(idsOf(whole.sets)) : idsOf(whole.sets));
      }),
      runs,
    );
  });
});

describe('a cleanup', () => {
  it('removes the very sets that its dry run shows, of every database', long, async () => {
    await fc.assert(
      fc.asyncProperty(folders, async (folder) => {
        const store = storeOf(folder);
        const policy = { keep: folder.keep };
        const before = idsOf(store.sets);
        const shown = await cleanUp(store, policy, { dryRun: true }, run);
        expect(idsOf(store.sets)).toEqual(before);
        const done = await cleanUp(store, policy, { dryRun: false }, run);
        expect(done.decisions).toEqual(shown.decisions);
        const would = shown.decisions.flatMap(({ keep, set }) => (keep ? [] : [set]));
        expect(idsOf(done.removed)).toEqual(idsOf(would));
        expect(idsOf(store.sets)).toEqual(before.filter((id) => !would.some((set) => set.id === id)));
      }),
      runs,
    );
  });

  it('never lets empty or tiny sets push out the last full one that verifies', long, async () => {
    const late = fc.array(fc.record({ rows: fc.constantFrom(0, 0, 1, 9), same: fc.boolean() }), {
      minLength: 1,
      maxLength: 8,
    });
    const given = fc.record({ late, keep: fc.integer({ min: 1, max: 3 }), damaged: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(given, async ({ late: lateOnes, keep, damaged }) => {
        const store = memoryStore();
        const full = store.add(1, 100);
        if (damaged) {
          const data = store.data.get(store.add(2, 100).id);
          data?.writeUInt8(data.readUInt8(700) ^ 1, 700);
        }
        for (const [index, { rows, same }] of lateOnes.entries()) {
          store.add(3 + index, rows, { content: same ? 'same' : `late ${index}` });
          await cleanUp(store, { keep }, { dryRun: false }, run);
          expect(store.sets).toContain(full);
        }
      }),
      runs,
    );
  });
});
