import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BackupSet, CompleteSet } from '../../../src/core/ports/store.ts';
import { planRetention } from '../../../src/core/retention.ts';
import { rounds } from '../../support/soak.ts';
import { completeSet, idOf, sha256 } from '../../support/store-sets.ts';

const runs = { numRuns: rounds(1500, 50_000) };

interface Facts {
  rows: number;
  /** Sets of the same number have the same content, and so the same rows. */
  content: number;
  pinned: boolean;
  safety: boolean;
  state: 'sound' | 'failing' | 'unverifiable';
}

const facts: fc.Arbitrary<Facts> = fc.record({
  rows: fc.constantFrom(0, 0, 1, 9, 50, 99, 100, 500, 999, 1000, 1001, 9999, 10_000, 100_000),
  content: fc.nat(12),
  pinned: fc.constantFrom(false, false, false, false, false, true),
  safety: fc.constantFrom(false, false, false, true),
  state: fc.constantFrom('sound', 'sound', 'sound', 'sound', 'failing', 'unverifiable'),
});

interface Folder {
  sets: BackupSet[];
  fails: Set<string>;
  keep: number;
}

const folders: fc.Arbitrary<Folder> = fc
  .tuple(fc.array(facts, { maxLength: 14 }), fc.integer({ min: 1, max: 4 }))
  .map(([all, keep]) => {
    const rowsOf = new Map<number, number>();
    const fails = new Set<string>();
    const sets = all.map((one, index): BackupSet => {
      const rows = rowsOf.get(one.content) ?? one.rows;
      rowsOf.set(one.content, rows);
      const sequence = index + 1;
      if (one.state === 'unverifiable') {
        const id = idOf(sequence);
        return {
          state: 'unverifiable',
          id,
          dataFile: `${id}.sql`,
          sizeBytes: 1,
          because: 'it has no metadata',
        };
      }
      const set = completeSet(sequence, {
        total_records: rows,
        content_digest: sha256(`content ${one.content}`),
        pinned: one.pinned,
        reason: one.safety ? 'before-restore' : 'manual',
      });
      if (one.state === 'failing') fails.add(set.id);
      return set;
    });
    return { sets, fails, keep };
  });

const plan = ({ sets, fails, keep }: Folder) => planRetention(sets, keep, fails);
const keptOf = (folder: Folder): BackupSet[] => plan(folder).flatMap(({ set, keep }) => (keep ? [set] : []));
const goneOf = (folder: Folder): BackupSet[] => plan(folder).flatMap(({ set, keep }) => (keep ? [] : [set]));
const complete = (sets: readonly BackupSet[]): CompleteSet[] =>
  sets.filter((set) => set.state === 'complete');
const sound = (folder: Folder): CompleteSet[] =>
  complete(folder.sets).filter(({ id }) => !folder.fails.has(id));
const isSafety = ({ manifest }: CompleteSet): boolean => manifest.reason === 'before-restore';
const rows = ({ manifest }: CompleteSet): number => manifest.total_records;
const contents = (sets: readonly CompleteSet[]): number =>
  new Set(sets.map(({ manifest }) => manifest.content_digest)).size;

/** Sound sets that nobody could call small: ordinary, not pinned, at least a tenth of the largest of them all. */
function surelyFull(folder: Folder): CompleteSet[] {
  const ordinary = sound(folder).filter((set) => !isSafety(set) && !set.manifest.pinned);
  const largest = Math.max(1, ...ordinary.map(rows));
  return ordinary.filter((set) => rows(set) >= largest / 10);
}

describe('rotation, whatever is in the folder,', () => {
  it('decides about each set once, newest first, and gives a reason', () => {
    fc.assert(
      fc.property(folders, (folder) => {
        const decisions = plan(folder);
        expect(decisions.map(({ set }) => set.id).toSorted()).toEqual(
          folder.sets.map(({ id }) => id).toSorted(),
        );
        const order = complete(decisions.map(({ set }) => set)).map(({ manifest }) => manifest.sequence);
        expect(order).toEqual(order.toSorted((a, b) => b - a));
        for (const { reason } of decisions) expect(reason).not.toBe('');
      }),
      runs,
    );
  });

  it('never removes a pinned set, nor one that cannot be verified or does not verify', () => {
    fc.assert(
      fc.property(folders, (folder) => {
        for (const set of goneOf(folder)) {
          if (set.state !== 'complete') throw new Error(`${set.id} cannot be verified and would go`);
          expect(set.manifest.pinned).toBe(false);
          expect(folder.fails.has(set.id)).toBe(false);
        }
      }),
      runs,
    );
  });

  it('never removes the newest sound set', () => {
    fc.assert(
      fc.property(folders, (folder) => {
        const newest = sound(folder).toSorted((a, b) => b.manifest.sequence - a.manifest.sequence)[0];
        if (newest !== undefined) expect(keptOf(folder)).toContain(newest);
      }),
      runs,
    );
  });

  it('does not depend on the order in which the sets are listed', () => {
    const shuffled = folders.chain((folder) =>
      fc
        .shuffledSubarray(folder.sets, { minLength: folder.sets.length })
        .map((sets) => [folder, { ...folder, sets }] as const),
    );
    fc.assert(
      fc.property(shuffled, ([folder, other]) => {
        expect(plan(other)).toEqual(plan(folder));
      }),
      runs,
    );
  });

  it('comes to the same in the end, after whatever removal it was broken off and whatever undo points need', () => {
    const needing = folders.chain((folder) =>
      fc.tuple(
        fc.constant(folder),
        fc.subarray(folder.sets.map(({ id }) => id)).map((ids) => new Set(ids)),
      ),
    );
    fc.assert(
      fc.property(needing, ([{ sets, fails, keep }, needed]) => {
        const goneFrom = (some: BackupSet[]): BackupSet[] =>
          planRetention(some, keep, fails, needed).flatMap((one) => (one.keep ? [] : [one.set]));
        const gone = goneFrom(sets).toReversed();
        expect(gone.filter(({ id }) => needed.has(id))).toEqual([]);
        for (let done = 1; done <= gone.length; done += 1) {
          const left = sets.filter((set) => !gone.slice(0, done).includes(set));
          expect(goneFrom(left).toReversed()).toEqual(gone.slice(done));
        }
      }),
      runs,
    );
  });

  it('removes nothing more after it has removed', () => {
    fc.assert(
      fc.property(folders, (folder) => {
        expect(goneOf({ ...folder, sets: keptOf(folder) })).toEqual([]);
      }),
      runs,
    );
  });

  it('keeps as many different contents among the full sets as it may, and no fewer', () => {
    fc.assert(
      fc.property(folders, (folder) => {
        const full = surelyFull(folder);
        const kept = complete(keptOf(folder)).filter(({ id }) => !folder.fails.has(id));
        const ordinary = kept.filter((set) => !isSafety(set));
        expect(contents(ordinary)).toBeGreaterThanOrEqual(Math.min(folder.keep, contents(full)));
      }),
      runs,
    );
  });

  it('keeps one small set and one safety copy at most, of those that are not pinned', () => {
    fc.assert(
      fc.property(folders, (folder) => {
        const kept = complete(keptOf(folder)).filter(
          (set) => !folder.fails.has(set.id) && !set.manifest.pinned,
        );
        expect(kept.filter(isSafety).length).toBeLessThanOrEqual(1);
        const ordinary = kept.filter((set) => !isSafety(set));
        const largest = Math.max(0, ...ordinary.map(rows));
        const small = ordinary.filter((set) => rows(set) === 0 || rows(set) < largest / 10);
        expect(small.length).toBeLessThanOrEqual(1);
        expect(ordinary.length - small.length).toBeLessThanOrEqual(folder.keep);
      }),
      runs,
    );
  });

  it('keeps no two unpinned sound sets of the same kind and content, and of twins the newest', () => {
    fc.assert(
      fc.property(folders, (folder) => {
        const kept = sound(folder).filter((set) => keptOf(folder).includes(set));
        for (const set of kept.filter(({ manifest }) => !manifest.pinned)) {
          const newer = kept.filter(
            (other) =>
              other.manifest.sequence > set.manifest.sequence &&
              other.manifest.content_digest === set.manifest.content_digest &&
              isSafety(other) === isSafety(set),
          );
          expect(newer).toEqual([]);
        }
      }),
      runs,
    );
  });

  it('lets no small, empty or safety set push out a full one', () => {
    const extra = fc.constantFrom('empty', 'small', 'safety');
    fc.assert(
      fc.property(folders, fc.array(extra, { minLength: 1, maxLength: 5 }), (folder, extras) => {
        const full = surelyFull(folder).filter((set) => keptOf(folder).includes(set) && rows(set) > 0);
        const least = Math.min(...full.map(rows), 1_000_000);
        const more = extras.map((kind, index) =>
          completeSet(100 + index, {
            total_records:
              kind === 'small' ? Math.max(0, Math.ceil(least / 10) - 1) : kind === 'empty' ? 0 : 5000,
            content_digest: sha256(`extra ${index}`),
            reason: kind === 'safety' ? 'before-restore' : 'before-clear',
          }),
        );
        const after = keptOf({ ...folder, sets: [...folder.sets, ...more] });
        for (const set of full) expect(after).toContain(set);
      }),
      runs,
    );
  });
});

interface Row {
  rows: number;
  content?: string;
  pinned?: true;
  safety?: true;
}

/** Decides about sets that are given oldest first and gives the indexes of those that stay. */
function kept(keep: number, given: readonly Row[], failing: readonly number[] = []): number[] {
  const sets = given.map((row, index) =>
    completeSet(index + 1, {
      total_records: row.rows,
      content_digest: sha256(row.content ?? String(index)),
      pinned: row.pinned ?? false,
      reason: row.safety ? 'before-restore' : 'manual',
    }),
  );
  const fails = new Set(failing.map((index) => sets[index]?.id ?? ''));
  const stays = keptOf({ sets, fails, keep });
  return sets.flatMap((set, index) => (stays.includes(set) ? [index] : []));
}

describe('rotation', () => {
  it.each<[string, number, Row[], number[]]>([
    ['keeps the two newest of different content', 2, [{ rows: 9 }, { rows: 9 }, { rows: 9 }], [1, 2]],
    [
      'keeps the big one through clear, clear, clear',
      2,
      [
        { rows: 1000 },
        { rows: 0, content: 'empty' },
        { rows: 0, content: 'empty' },
        { rows: 0, content: 'empty' },
      ],
      [0, 3],
    ],
    [
      'keeps the big one through clears after different seeds',
      1,
      [{ rows: 1000 }, { rows: 3 }, { rows: 4 }, { rows: 5 }],
      [0, 3],
    ],
    ['counts a tenth as full', 1, [{ rows: 1000 }, { rows: 100 }], [1]],
    ['lets a tenth go like any other that is too old', 1, [{ rows: 100 }, { rows: 1000 }], [1]],
    ['counts under a tenth as small', 1, [{ rows: 1000 }, { rows: 99 }], [0, 1]],
    ['keeps an empty one where there is no other', 2, [{ rows: 0 }, { rows: 0 }], [1]],
    [
      'keeps of the same content the newest',
      2,
      [
        { rows: 9, content: 'a' },
        { rows: 9, content: 'b' },
        { rows: 9, content: 'a' },
      ],
      [1, 2],
    ],
    [
      'lets twins push out nobody',
      2,
      [{ rows: 9 }, { rows: 9, content: 'a' }, { rows: 9, content: 'a' }, { rows: 9, content: 'a' }],
      [0, 3],
    ],
    ['keeps what is pinned besides', 1, [{ rows: 9, pinned: true }, { rows: 9 }, { rows: 9 }], [0, 2]],
    [
      'keeps a pinned twin of a newer one',
      1,
      [
        { rows: 9, content: 'a', pinned: true },
        { rows: 9, content: 'a' },
      ],
      [0, 1],
    ],
    [
      'keeps one safety copy, which pushes nobody out',
      1,
      [{ rows: 9 }, { rows: 9, safety: true }, { rows: 9, safety: true }],
      [0, 2],
    ],
    [
      'keeps an ordinary backup although a newer safety copy has its content',
      1,
      [
        { rows: 9, content: 'a' },
        { rows: 9, content: 'a', safety: true },
      ],
      [0, 1],
    ],
    [
      'keeps no safety copy whose content a newer backup has',
      1,
      [
        { rows: 9, content: 'a', safety: true },
        { rows: 9, content: 'a' },
      ],
      [1],
    ],
    [
      'measures small against the largest that stays, not one that goes',
      2,
      [{ rows: 1_000_000 }, { rows: 150_000 }, { rows: 150_000 }],
      [1, 2],
    ],
    ['removes nothing of nothing', 2, [], []],
  ])('%s', (_what, keep, given, stay) => {
    expect(kept(keep, given)).toEqual(stay);
  });

  it('lets what does not verify count for nothing, and leaves it', () => {
    expect(kept(1, [{ rows: 9 }, { rows: 9 }, { rows: 9 }], [2])).toEqual([1, 2]);
    expect(
      kept(
        1,
        [
          { rows: 9, content: 'a' },
          { rows: 9, content: 'a' },
        ],
        [1],
      ),
    ).toEqual([0, 1]);
  });

  it('says why', () => {
    const unverifiable: BackupSet = {
      state: 'unverifiable',
      id: idOf(9),
      dataFile: null,
      sizeBytes: 0,
      because: 'it is cut',
    };
    const sets = [
      unverifiable,
      completeSet(1, { content_digest: sha256('a') }),
      completeSet(2, { content_digest: sha256('a'), pinned: true }),
      completeSet(3, { total_records: 0 }),
      completeSet(4, { reason: 'before-restore' }),
      completeSet(5),
      completeSet(6),
      completeSet(7),
    ];
    expect(planRetention(sets, 1, new Set([idOf(7)])).map(({ keep, reason }) => [keep, reason])).toEqual([
      [true, 'does not verify; it is left for you to look at'],
      [true, 'full backup 1 of 1'],
      [false, 'older than the 1 to keep'],
      [true, 'safety copy: the newest stays'],
      [true, 'small or empty: the newest such stays'],
      [true, 'pinned'],
      [false, `same content as ${idOf(2)}`],
      [true, 'cannot be verified: it is cut'],
    ]);
  });

  it('tells the age of sets with one number, as copies of another folder have it, by their ids', () => {
    const sets = [completeSet(1, { sequence: 1 }), completeSet(2, { sequence: 1 })];
    expect(keptOf({ sets, fails: new Set(), keep: 1 })).toEqual([sets[1]]);
    expect(keptOf({ sets: sets.toReversed(), fails: new Set(), keep: 1 })).toEqual([sets[1]]);
  });

  it('lets a large safety copy that an undo point needs make nothing small', () => {
    const sets = [
      completeSet(1, { total_records: 50 }),
      completeSet(2, { total_records: 60 }),
      completeSet(3, { total_records: 1000, reason: 'before-restore' }),
    ];
    const needed = new Set([idOf(3)]);
    expect(planRetention(sets, 2, new Set(), needed).every(({ keep }) => keep)).toBe(true);
  });

  it('takes a safety copy that an undo point needs for the newest, though it is a copy of another set', () => {
    const same = { content_digest: sha256('the same') };
    const sets = [
      completeSet(1, { reason: 'before-restore' }),
      completeSet(2, { reason: 'before-restore', ...same }),
      completeSet(3, same),
      completeSet(4),
    ];
    const needed = new Set([idOf(2)]);
    const gone = (some: readonly BackupSet[]) =>
      planRetention(some, 1, new Set(), needed).flatMap(({ keep, set }) => (keep ? [] : [set.id]));
    expect(gone(sets)).toEqual([idOf(3), idOf(1)]);
    expect(gone(sets.filter(({ id }) => id === idOf(2) || id === idOf(4)))).toEqual([]);
  });

  it('calls the same small when it is done again, beside a large one that an undo point needs', () => {
    const total = [100, 10, 9, 0, 10];
    const sets = total.map((total_records, index) => completeSet(index + 1, { total_records }));
    const needed = new Set([idOf(1)]);
    const keep = (some: readonly BackupSet[]): BackupSet[] =>
      planRetention(some, 2, new Set(), needed).flatMap((one) => (one.keep ? [one.set] : []));
    expect(keep(sets).map(({ id }) => id)).toEqual([5, 4, 2, 1].map((nth) => idOf(nth)));
    expect(keep(keep(sets))).toEqual(keep(sets));
  });

  it('keeps what an undo point was backed up as, and lets it push nothing out', () => {
    const sets = [completeSet(3), completeSet(2), completeSet(1)];
    const needed = new Set([idOf(1)]);
    expect(planRetention(sets, 2, new Set(), needed).map(({ keep, reason }) => [keep, reason])).toEqual([
      [true, 'full backup 1 of 2'],
      [true, 'full backup 2 of 2'],
      [true, 'an undo point needs it'],
    ]);
  });
});
