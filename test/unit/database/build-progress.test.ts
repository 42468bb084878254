import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { IndexWork } from '../../../src/core/dump/index-build.ts';
import type { StagedBuild } from '../../../src/core/dump/stage-dump.ts';
import {
  type BuildSeen,
  buildProgress,
  shareOfBuild,
} from '../../../src/database/postgres/build-progress.ts';

const build = (name: string, weight: number): StagedBuild => ({
  kind: 'build',
  bytes: Buffer.from(`CREATE INDEX ${name} ON public.t USING btree (a);`),
  line: 1,
  table: { schema: 'public', name: 't' },
  alone: false,
  method: 'btree',
  weight,
});
const seen = (of: Partial<BuildSeen>): BuildSeen => ({
  query: '',
  phase: 'building index',
  blocksDone: 0,
  blocksTotal: 0,
  tuplesDone: 0,
  tuplesTotal: 0,
  ...of,
});

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A load whose two builds are at work, with what the server says at each look. */
function atWork(look: (signal: AbortSignal) => Promise<BuildSeen[]>) {
  const told: IndexWork[] = [];
  const builds = buildProgress(look, (done) => told.push(done));
  const ends = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const works = [
    builds.during(build('one', 100), () => ends[0].promise),
    builds.during(build('other', 300), () => ends[1].promise),
  ] as const;
  return { told, builds, ends, works };
}

describe('the progress of index builds', () => {
  test('counts those that are done, and of those at work what the server says of their statements', async () => {
    const half = { phase: 'building index: scanning table', blocksDone: 5, blocksTotal: 10 };
    const query = 'CREATE INDEX other ON public.t USING btree (a);';
    const { told, builds, ends, works } = atWork(async () => [seen({ ...half, query }), seen(half)]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told.at(-1)).toEqual({ count: 0, weight: 60 });
    ends[0].resolve();
    await works[0];
    expect(told.at(-1)).toEqual({ count: 1, weight: 160 });
    ends[1].resolve();
    await works[1];
    expect(told.at(-1)).toEqual({ count: 2, weight: 400 });
    await builds[Symbol.asyncDispose]();
  });

  test('never goes back where the server says less than before', async () => {
    let blocksDone = 10;
    const query = 'CREATE INDEX one';
    const { told, builds } = atWork(async () => [seen({ query, blocksDone, blocksTotal: 10 })]);
    await vi.advanceTimersByTimeAsync(1000);
    blocksDone = 0;
    await vi.advanceTimersByTimeAsync(1000);
    expect(told.map(({ weight }) => weight)).toEqual([0, 0, 90, 90]);
    await builds[Symbol.asyncDispose]();
  });

  test('is asked for once a second, one question at a time, and no more after one has failed', async () => {
    const answers: PromiseWithResolvers<BuildSeen[]>[] = [];
    const look = () => {
      const answer = Promise.withResolvers<BuildSeen[]>();
      answers.push(answer);
      return answer.promise;
    };
    const { told, builds } = atWork(look);
    await vi.advanceTimersByTimeAsync(5000);
    expect(answers.length).toBe(1);
    answers[0]?.resolve([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(answers.length).toBe(2);
    answers[1]?.reject(new Error('no'));
    await vi.advanceTimersByTimeAsync(5000);
    expect(answers.length).toBe(2);
    expect(told.length).toBe(3);
    await builds[Symbol.asyncDispose]();
  });

  test('that is heard of after the end is not told', async () => {
    const answer = Promise.withResolvers<BuildSeen[]>();
    const { told, builds } = atWork(() => answer.promise);
    await vi.advanceTimersByTimeAsync(1000);
    const disposed = builds[Symbol.asyncDispose]();
    answer.resolve([]);
    await disposed;
    await vi.advanceTimersByTimeAsync(1000);
    expect(told.length).toBe(2);
  });

  test('is given up with the load, which waits until nothing of a question is left', async () => {
    let asked: AbortSignal | undefined;
    const left = Promise.withResolvers<BuildSeen[]>();
    const { builds } = atWork((signal) => {
      asked = signal;
      return left.promise;
    });
    await vi.advanceTimersByTimeAsync(1000);
    let over = false;
    const disposed = builds[Symbol.asyncDispose]().then(() => {
      over = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    expect([asked?.aborted, over]).toEqual([true, false]);
    left.reject(new Error('given up'));
    await disposed;
  });

  test('whose listener fails is not the end of the load', async () => {
    let heard = 0;
    const builds = buildProgress(
      async () => [],
      () => {
        heard += 1;
        if (heard > 1) throw new Error('a face failed');
      },
    );
    void builds.during(build('one', 1), () => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(3000);
    expect(heard).toBe(2);
    await builds[Symbol.asyncDispose]();
  });
});

test.each([
  [{ phase: 'initializing' }, 0],
  [{ phase: 'building index: scanning table', blocksDone: 5, blocksTotal: 10 }, 0.2],
  [{ phase: 'building index: sorting live tuples' }, 0.4],
  [{ phase: 'building index: loading tuples in tree', tuplesDone: 5, tuplesTotal: 10 }, 0.8],
  [{ phase: 'building index', blocksDone: 5, blocksTotal: 10 }, 0.45],
  [{ phase: 'waiting for writers before build', blocksDone: 1, blocksTotal: 1 }, 0],
])('of a build in the phase %j so much is done', (of, share) => {
  expect(shareOfBuild(seen(of))).toBeCloseTo(share);
});
