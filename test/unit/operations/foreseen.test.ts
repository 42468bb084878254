import { describe, expect, it } from 'vitest';
import { type BackupFormat, backupFormats } from '../../../src/core/backup-format.ts';
import type { Progress } from '../../../src/core/progress.ts';
import { follow } from '../../../src/operations/follow.ts';
import { foreseenLength } from '../../../src/operations/foreseen-length.ts';
import { tellArchive } from '../../../src/operations/tell-archive.ts';
import { tellLoad } from '../../../src/operations/tell-load.ts';
import { memoryStore } from '../../support/store-memory.ts';
import { never } from '../../support/store-sets.ts';

function told() {
  const progress: Progress[] = [];
  return { progress, run: { signal: never, onProgress: (one: Progress) => void progress.push(one) } };
}

const stepOf = ({ course }: Progress) => course?.steps[course.at];

describe('an operation that is followed', () => {
  it('tells with its progress in which of its steps that is, and what is foreseen by then', () => {
    const { progress, run } = told();
    const course = follow(run, { check: 1, restore: undefined });
    course.step('check').onProgress({ phase: 'Checking' });
    course.foresee({ restore: 7 });
    follow(course.step('restore'), { load: 3, count: 4 }).step('count').onProgress({ phase: 'Counting' });
    expect(progress.map(stepOf)).toEqual([
      { name: 'check', seconds: 1 },
      { name: 'count', seconds: 4 },
    ]);
    expect(progress[1]?.course?.steps.map(({ name }) => name)).toEqual(['check', 'load', 'count']);
  });
});

describe('how long a dump will be', () => {
  const live = { sizeBytes: 208_000_000, tablePages: 10_000 };
  function earlier(...formats: BackupFormat[]) {
    const store = memoryStore();
    return formats.map((format, n) => {
      const { manifest } = store.add(n + 1, 3);
      const sizes = { size_bytes: 1_000_000, database_size_bytes: 104_000_000, duration_ms: 3000 };
      const dataFile = `x${backupFormats[format].ending}`;
      return { state: 'complete', id: `${n}`, dataFile, manifest: { ...manifest, ...sizes } } as const;
    });
  }

  it('is by the last of the same form, grown as the database grew, and so are its seconds', () => {
    expect(foreseenLength('plain', earlier('zstd', 'plain'), live)).toEqual({
      plain: 2_000_000,
      stored: undefined,
      wholeFirst: false,
      seconds: 6,
    });
    expect(foreseenLength('zstd', earlier('plain', 'zstd'), live)).toMatchObject({ stored: 2_000_000 });
    expect(foreseenLength('directory', earlier('directory'), live)).toMatchObject({
      stored: 2_000_000,
      wholeFirst: true,
    });
  });

  it('is by a plain one where there is none of the same form', () => {
    const length = foreseenLength('gzip', earlier('plain'), live);
    expect(length).toEqual({ plain: 2_000_000, stored: undefined, wholeFirst: false, seconds: undefined });
  });

  it('is by the pages of the tables where there is none, and by the size where nobody gathered them', () => {
    expect(foreseenLength('plain', [], live).plain).toBeCloseTo(10_000 * 8192 * 0.9);
    expect(foreseenLength('custom', earlier('gzip'), live).stored).toBeCloseTo(10_000 * 8192 * 0.9 * 0.35);
    expect(foreseenLength('plain', [], { ...live, tablePages: 0 }).plain).toBeCloseTo(100_250_000);
    expect(foreseenLength('plain', [], { sizeBytes: 7e6, tablePages: 0 }).plain).toBe(0);
  });
});

describe('a load', () => {
  const steps = { send: 0, load: 1, builds: 1, constraints: 1, count: 1 };
  const facts = { bytes: 100, builds: { count: 2, weight: 40 } };

  it('is told by its bytes, then by its indexes, then by what comes behind them', () => {
    const { progress, run } = told();
    const load = tellLoad(follow(run, steps), facts);
    load.loaded(60);
    load.built({ count: 0, weight: 0 });
    load.loaded(70);
    load.built({ count: 1, weight: 30 });
    load.built({ count: 2, weight: 40 });
    load.built({ count: 2, weight: 40 });
    load.allLoaded();
    expect(progress.map(({ course: _, ...one }) => one)).toEqual([
      { phase: 'Restoring', bytes: 60, expectedBytes: 100 },
      { phase: 'Building indexes', share: 0, parts: { done: 0, of: 2 } },
      { phase: 'Building indexes', share: 0.75, parts: { done: 1, of: 2 } },
      { phase: 'Adding constraints' },
    ]);
    expect(progress.map((one) => stepOf(one)?.name)).toEqual(['load', 'builds', 'builds', 'constraints']);
  });

  it('says no more than that indexes are built where nobody knows how many there are', () => {
    const { progress, run } = told();
    const load = tellLoad(follow(run, steps), { bytes: 100 });
    load.built({ count: 1, weight: 5 });
    expect(progress).toMatchObject([{ phase: 'Building indexes' }]);
    expect(progress[0]).not.toHaveProperty('share');
  });

  it('builds its indexes at its end where nobody tells of them', () => {
    const { progress, run } = told();
    const load = tellLoad(follow(run, steps), facts);
    load.loaded(100);
    load.allLoaded();
    expect(progress).toMatchObject([{ phase: 'Restoring' }, { phase: 'Building indexes', bytes: 100 }]);
  });

  describe('of an archive', () => {
    const work = {
      copies: [
        { statement: 'COPY a', bytes: 800 },
        { statement: 'COPY b', bytes: 200 },
      ],
      builds: [
        { statement: 'INDEX a', weight: 30 },
        { statement: 'INDEX b', weight: 10 },
      ],
    };
    const [a, b] = [{ statement: 'COPY a' }, { statement: 'COPY b' }];

    it('is told by what the server sees pg_restore do: its rows, its indexes, then what comes behind them', () => {
      const { progress, run } = told();
      const load = tellArchive(follow(run, steps), { work, builds: { count: 2, weight: 40 } });
      load.seen({ copies: [{ ...a, bytes: 100 }], builds: [] }); // before it was sent
      load.sent();
      load.seen({ copies: [{ ...a, bytes: 400 }], builds: [] });
      load.seen({
        copies: [
          { ...b, bytes: 50 },
          { statement: 'COPY of something else', bytes: 7 },
        ],
        builds: [],
      });
      load.seen({ copies: [], builds: [] });
      load.seen({ copies: [], builds: [{ statement: 'INDEX a', share: 0.5 }] });
      load.seen({ copies: [], builds: [{ statement: 'INDEX b', share: 0.5 }] });
      load.seen({ copies: [], builds: [] });
      expect(progress.map(({ course: _, ...one }) => one)).toEqual([
        { phase: 'Restoring' },
        { phase: 'Restoring', bytes: 400, expectedBytes: 1000 },
        { phase: 'Restoring', bytes: 850, expectedBytes: 1000 },
        { phase: 'Restoring', bytes: 1000, expectedBytes: 1000 },
        { phase: 'Building indexes', share: 0.375, parts: { done: 0, of: 2 } },
        { phase: 'Building indexes', share: 0.875, parts: { done: 1, of: 2 } },
        { phase: 'Adding constraints' },
      ]);
    });

    it('has built what nobody saw once two looks see nothing being built', () => {
      const { progress, run } = told();
      const load = tellArchive(follow(run, steps), { work, builds: { count: 2, weight: 40 } });
      load.sent();
      load.seen({ copies: [], builds: [{ statement: 'INDEX a', share: 1 }] });
      for (let look = 1; look <= 2; look++) load.seen({ copies: [], builds: [] });
      expect(progress.slice(1).map(({ phase, share }) => [phase, share])).toEqual([
        ['Building indexes', 0.75],
        ['Building indexes', 0.75],
        ['Adding constraints', undefined],
      ]);
    });
  });
});
