import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { backupId } from '../../src/core/backup-id.ts';
import type { BackupStore, CompleteSet } from '../../src/core/ports/store.ts';
import { cleanUp } from '../../src/operations/manage.ts';
import { folderStore } from '../../src/store/folder-store.ts';
import { publishScript } from '../support/publish-child.ts';
import { rounds, tellFigure } from '../support/soak.ts';
import {
  contentsOf,
  expectSound,
  fakeClock,
  manifestOf,
  never,
  newFolder,
  removeFolders,
  sha256,
} from '../support/store-sets.ts';
import { dump } from '../unit/core/dump/dumps.ts';

afterAll(removeFolders);

const run = { signal: never, onProgress: () => {} };
const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;

/** Moments at which other backup tools have lost their way. */
const moments = [
  '2026-03-29T00:59:59.500Z', // Europe/Berlin skips an hour
  '2026-10-25T00:30:00Z', // … and has one twice
  '2026-10-25T01:30:00Z',
  '2026-03-08T05:30:00Z', // America/St_Johns, half an hour beside everybody else
  '2026-11-01T04:29:59.999Z',
  '2028-02-28T23:59:59.999Z',
  '2028-02-29T00:00:00Z',
  '2028-03-01T00:00:00Z',
  '2026-12-31T23:59:59.999Z',
  '2027-01-01T00:00:00Z',
  '2038-01-19T03:14:07.999Z', // the last second of 32 bits
  '2038-01-19T03:14:08Z',
  '1970-01-01T00:00:00Z', // a clock without a battery
  '2106-02-07T06:28:16Z',
].map((text) => Date.parse(text));

type Jump = { to: number } | { by: number };
const jump: fc.Arbitrary<Jump> = fc.oneof(
  fc.constantFrom(...moments).map((to) => ({ to })),
  fc.constantFrom(0, 0, 1, second, -second, hour, -hour, day, -day, -400 * day).map((by) => ({ by })),
);

/** Backs a database of three rows up, whose content is told apart by a word. */
async function backUp(store: BackupStore, clock: { now(): Date }, word: string): Promise<CompleteSet> {
  const plain = dump(`COPY public.users (name) FROM stdin;\n${word}\nb\nc\n\\.\n\n`);
  const pending = await store.begin('kubegram', '.sql', never);
  const { checksum, sizeBytes } = await pending.write(Readable.from([plain]), never);
  const facts = {
    checksum,
    size_bytes: sizeBytes,
    total_records: 3,
    content_digest: sha256(word),
    sequence: pending.sequence,
    timestamp: clock.now().toISOString(),
  };
  return pending.publish(manifestOf(pending.id, facts), () => {});
}

describe('a clock that jumps between backups', () => {
  const runs = { numRuns: rounds(12, 1500) };
  let jumps = 0;

  it('changes neither their order nor which of them rotation keeps', { timeout: 900_000 }, async () => {
    const plan = fc.record({
      jumps: fc.array(jump, { minLength: 3, maxLength: 8 }),
      keep: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async (given) => {
        const clock = fakeClock('2026-06-15T12:00:00.250Z');
        const store = folderStore(await newFolder(), clock);
        const made: CompleteSet[] = [];
        for (const [index, one] of given.jumps.entries()) {
          clock.set(new Date('to' in one ? one.to : clock.now().getTime() + one.by).toISOString());
          await using _lock = await store.lock('backup');
          made.unshift(await backUp(store, clock, `content ${index}`));
          jumps++;
        }
        expect(new Set(made.map(({ id }) => id)).size).toBe(made.length);
        expect(await store.list()).toEqual(made);
        await expectSound(store);

        const { removed } = await cleanUp(store, { keep: given.keep }, { dryRun: false }, run);
        expect(await store.list()).toEqual(made.slice(0, given.keep));
        expect(removed).toEqual(made.slice(given.keep));
        await removeFolders();
      }),
      runs,
    );
    tellFigure('Jumps of the clock between backups', `${jumps}, every backup in its place`);
  });

  it('gives many backups within one second an id and a number each', async () => {
    const count = rounds(20, 50);
    const clock = fakeClock('2026-12-31T23:59:10.999Z');
    const start = clock.now().getTime();
    const store = folderStore(await newFolder(), clock);
    const made: CompleteSet[] = [];
    for (let index = 0; index < count; index++) {
      clock.set(new Date(start).toISOString());
      await using _lock = await store.lock('backup');
      made.unshift(await backUp(store, clock, `content ${index}`));
    }
    expect(made.map(({ id }) => id)).toEqual(
      made.map((_, index) => backupId('kubegram', new Date(start + (count - 1 - index) * second))),
    );
    expect(made.at(-1)?.id).toBe('kubegram_backup_20261231_235910');
    expect(made.map(({ manifest }) => manifest.sequence)).toEqual(made.map((_, index) => count - index));
    expect(await store.list()).toEqual(made);
  });
});

describe('backups that are started at the same moment', () => {
  const count = rounds(6, 50);

  it('get an id and files each, or are told that another is at work', { timeout: 300_000 }, async () => {
    const folder = await newFolder();
    const children = Array.from({ length: count }, () =>
      spawn(process.execPath, [publishScript, folder], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const lines = children.map((child) => createInterface({ input: child.stdout })[Symbol.asyncIterator]());
    for (const line of lines) expect((await line.next()).value).toBe('ready');
    const at = Date.now() + 100;
    for (const child of children) child.stdin.write(`${at}\n`);
    const said = await Promise.all(lines.map(async (line) => String((await line.next()).value)));
    for (const child of children) if (child.exitCode === null) await once(child, 'exit');

    const ids = said.filter((word) => word !== 'busy');
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
    const store = folderStore(folder, fakeClock());
    expect((await store.list()).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    await expectSound(store);
    expect(Object.keys(await contentsOf(folder))).toHaveLength(3 * ids.length);
    tellFigure(
      `${count} backups started at one moment`,
      `${ids.length} made, each with its own id; ${count - ids.length} told that another is at work`,
    );
  });
});

describe('ids and times', () => {
  const zone = process.env['TZ'];
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it.each([
    ['Europe/Berlin', '2026-03-29T01:00:00Z', -60, -120],
    ['Europe/Berlin', '2026-10-25T01:00:00Z', -120, -60],
    ['America/St_Johns', '2026-03-08T05:30:00Z', 210, 150],
    ['America/St_Johns', '2026-11-01T04:30:00Z', 150, 210],
  ])('in %s are those of UTC over the change at %s', async (name, change, before, after) => {
    process.env['TZ'] = name;
    const at = Date.parse(change);
    expect([at - 1, at].map((time) => new Date(time).getTimezoneOffset())).toEqual([before, after]);

    const clock = fakeClock(new Date(at - 2 * hour).toISOString());
    const store = folderStore(await newFolder(), clock);
    const made: CompleteSet[] = [];
    for (let time = at - 2 * hour; time <= at + 2 * hour; time += hour / 4) {
      clock.set(new Date(time).toISOString());
      await using _lock = await store.lock('backup');
      const set = await backUp(store, clock, String(time));
      const [, date = '', digits = ''] = /_(\d{8})_(\d{6})$/.exec(set.id) ?? [];
      expect(`${date}${digits}`).toBe(new Date(time).toISOString().replaceAll(/\D/g, '').slice(0, 14));
      made.unshift(set);
    }
    expect(made).toHaveLength(17);
    expect(clock.slept).toEqual([]);
    expect(made.map(({ id }) => id)).toEqual(
      made
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    );
    expect(await store.list()).toEqual(made);
  });
});
