import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { OperationError } from '../../src/core/errors.ts';
import { createBackup } from '../../src/operations/backup.ts';
import type { Run } from '../../src/operations/run.ts';
import { readStatus } from '../../src/operations/status.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { docker } from '../support/docker.ts';
import {
  clear,
  type DockerPorts,
  dockerPorts,
  failureOf,
  policy,
  quietRun,
  restore,
  undo,
} from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { actingAt } from '../support/small-disk.ts';
import { type SmallServer, startSmallServer } from '../support/small-server.ts';
import { soaking, someOf, tellFigure } from '../support/soak.ts';
import { sqlNow } from '../support/sql-now.ts';
import { contentsOf } from '../support/store-sets.ts';

const content = `CREATE TABLE t AS SELECT n AS id, repeat(md5(n::text), 4) AS body FROM generate_series(1, 30000) n;
  ALTER TABLE t ADD PRIMARY KEY (id); CHECKPOINT`;
/** Without a sort, which would want room on the disk. */
const digest = 'SELECT count(*), sum(hashtextextended(id || body, 0)) FROM t';
const names = `SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datallowconn OR datname !~ '__kubegram_undo_'`;
const atRest = 'app postgres template0 template1';
const server = { database: 'postgres' };

const full = {
  code: 'disk-full',
  exitCode: 1,
  message: expect.stringMatching(/^The server('s disk is full: | has )[^\n]+\.$/),
  hint: expect.stringMatching(/^Free some space there/),
};
/** Where the renames themselves find no room. */
const swapRefused = {
  code: 'swap-failed',
  exitCode: 1,
  message: expect.stringMatching(/^The swap was refused: [^\n]+\.$/),
};
/** Where the server stops as well, what is told depends on which of the two is noticed first. */
const oneSentence = { message: expect.stringMatching(/^[^\n]+\.$/), hint: expect.stringMatching(/\S/) };

type Work = (ports: DockerPorts, run: Run) => Promise<unknown>;
const backUp = (ports: DockerPorts, run: Run) =>
  createBackup(ports, policy, { note: '', reason: 'manual' }, run);
const works = {
  backup: backUp,
  restore: (ports, run) => restore(ports, { safetyBackup: false }, run),
  'restore beside': (ports, run) => restore(ports, { into: 'beside' }, run),
  'dry run': (ports, run) => restore(ports, { dryRun: true }, run),
  clear: (ports, run) => clear(ports, {}, run),
  undo: (ports, run) => undo(ports, run),
  'deep verification': (ports, run) => verifyBackup(ports, { backup: 'latest', deep: true }, run),
} satisfies Record<string, Work>;
type Name = keyof typeof works;

type End = 'fails' | 'is done' | 'either';
/**
 * When the disk fills up, with so many kilobytes left, and whether the operation can still be done then. A swap needs
 * no room where the data lie; only where a catalogue has to grow for it, it is refused.
 */
const moments: [Name, string, number[], End][] = [
  ['backup', 'Looking at the database', [500], 'is done'],
  ['deep verification', 'Restoring', [500], 'fails'],
  ['restore', 'Restoring', [500], 'fails'],
];
const swapping: typeof moments = [
  ['restore', 'Swapping', [0], 'either'],
  ['clear', 'Swapping', [0], 'either'],
  ['undo', 'Swapping', [0], 'either'],
];
const more: typeof moments = [
  ['backup', 'Looking at the database', [0], 'is done'],
  ['deep verification', 'Checking', [500, 0], 'fails'],
  ['deep verification', 'Restoring', [0], 'fails'],
  ['dry run', 'Restoring', [2000, 0], 'fails'],
  ['restore beside', 'Restoring', [2000, 0], 'fails'],
  ['restore', 'Checking', [500, 0], 'fails'],
  ['restore', 'Restoring', [2000, 4000, 0], 'fails'],
  ['restore', 'Building indexes', [500, 100, 0], 'either'],
  ['restore', 'Gathering statistics', [500, 0], 'either'],
  ['restore', 'Swapping', [100], 'either'],
  ['clear', 'Dumping', [4000, 500, 0], 'either'],
  ['clear', 'Building the emptied database', [200, 0], 'either'],
  ['clear', 'Swapping', [100], 'either'],
  ['undo', 'Swapping', [100], 'either'],
];

/** The same where the log lies on the small disk too: a swap has to write some kilobytes to it. */
const stoppedWorks = {
  // With a backup before it, so that older undo points may go.
  restore: (ports, run) => restore(ports, {}, run),
  clear: works.clear,
  undo: works.undo,
} satisfies Record<string, Work>;
type Stopped = keyof typeof stoppedWorks;
/** With so many bytes left in the log: it ends before the swap, as the database is closed for it, or in the renames. */
type Stop = [Stopped, string, number[]];
const oftenStops: Stop[] = [
  ['restore', 'Swapping', soaking ? [0, 2000, 4000, 5000, 6000] : [2000]],
  ['clear', 'Swapping', soaking ? [0, 4000, 6000, 8000] : [2000]],
];
const moreStops: Stop[] = [
  ['undo', 'Swapping', [0, 4000, 8000]],
  ['clear', 'Building the emptied database', [2000]],
];
const stops = [...someOf(oftenStops, 1), ...(soaking ? moreStops : [])];
const notKnown = /^It is not known whether app is the new database\.$/;

/** Whether it failed, and if so, as it must. */
function judge(failure: OperationError | undefined, end: End, stopped: boolean): boolean {
  expect(failure === undefined ? 'is done' : 'fails').toMatch(end === 'either' ? /./ : end);
  if (failure === undefined) return false;
  const told = failure.code === 'swap-failed' ? swapRefused : full;
  expect(failure).toMatchObject(stopped ? oneSentence : told);
  if (stopped) expect([1, 3]).toContain(failure.exitCode);
  return true;
}

/** Undefined where the work succeeded after all. */
function failureUnlessDone(work: Promise<unknown>): Promise<OperationError | undefined> {
  return failureOf(work).catch((error: Error) => {
    if (error.message !== 'it succeeded') throw error;
    return undefined;
  });
}

describeWithDocker('a server whose disk fills up, postgres:17', () => {
  let small: SmallServer;
  let ports: DockerPorts;
  let before: string;
  const tried = { failed: 0, done: 0, stopped: 0 };
  /** Of the swaps with no room at all. */
  const swaps = { refused: 0, done: 0 };

  beforeAll(async () => {
    // Its log lies elsewhere, and it makes no checkpoint while there is no room at all: else it stops, see below.
    const log = '--env=POSTGRES_INITDB_WALDIR=/var/lib/postgresql/wal';
    small = await startSmallServer([log], ['-c', 'max_wal_size=2GB', '-c', 'checkpoint_timeout=1h']);
    ports = await dockerPorts(small, 'app');
    await backUp(ports, quietRun()); // waits until the server is up
    await small.sql(content);
    before = await small.sql(digest);
    await backUp(ports, quietRun());
  });
  afterEach(() => small.makeRoom());
  afterAll(async () => {
    await ports?.[Symbol.asyncDispose]();
    await small?.[Symbol.asyncDispose]();
  });

  const all = [...someOf(moments, 1), ...someOf(swapping, 2), ...(soaking ? more : [])];
  const cases = all.flatMap(([name, phase, levels, end]) =>
    levels.map((left) => ({ name, phase, left, end })),
  );

  /** The digest of the live database when it is done. */
  const after = (name: Name, live: string): string =>
    name === 'clear' ? '0|' : name === 'undo' ? before : live;

  test.each(cases)(
    '$name while $phase, with $left kB left: all or nothing',
    async ({ name, phase, left, end }) => {
      if (name === 'undo') await clear(ports);
      const live = await small.sql(digest);
      const files = await contentsOf(ports.folder);
      let filled = false;
      const fill = (): void => {
        small.leaveKilobytes(left);
        filled = true;
      };
      const failure = await failureUnlessDone(works[name](ports, actingAt(phase, fill)));
      expect(filled).toBe(true);
      await small.makeRoom();
      // PostgreSQL itself stops where it cannot write what a checkpoint needs.
      const stopped = await small.wake();
      const failed = judge(failure, end, stopped);
      expect(await contentsOf(ports.folder)).toMatchObject(failure === undefined ? {} : files);
      expect(await small.sql(digest)).toBe(failure === undefined ? after(name, live) : live);
      const status = await readStatus(ports, quietRun());
      expect(status).toMatchObject({ target: { exists: true, leftovers: [] } });
      // On a full disk a database that is given up may stay until there is room: to drop one takes a checkpoint.
      const dropped = /^The unfinished database \S+ was removed\.$/;
      if (!stopped) expect(status.repairs.filter((one) => !failed || !dropped.test(one))).toEqual([]);
      expect(await small.sql(names, server)).toBe(atRest);

      if ((await small.sql(digest)) !== before) await undo(ports);
      expect(await small.sql(digest)).toBe(before);
      await verifyBackup(ports, { backup: 'latest', deep: false }, quietRun());
      tried[failed ? 'failed' : 'done'] += 1;
      if (stopped) tried.stopped += 1;
      if (phase === 'Swapping' && left === 0) swaps[failed ? 'refused' : 'done'] += 1;
    },
    300_000,
  );

  test('what is begun on a full disk is refused before anything is made, and done when there is room', {
    timeout: 300_000,
  }, async () => {
    small.leaveKilobytes(0);
    for (const name of ['restore', 'dry run', 'restore beside', 'clear'] as const)
      expect(await failureOf(works[name](ports, quietRun()))).toMatchObject({
        code: 'disk-full',
        exitCode: 1,
      });
    expect(await small.sql(names, server)).toBe(atRest);
    await small.makeRoom();
    await clear(ports);
    await restore(ports, { safetyBackup: false });
    expect(await small.sql(digest)).toBe(before);
  });

  test('was full in each of them, none lost anything, and a swap needs no room where the data lie', () => {
    expect(tried.failed + tried.done).toBe(cases.length);
    expect(swaps.done).toBeGreaterThanOrEqual(swaps.refused);
    tellFigure(
      'operations on a full server disk',
      `${tried.failed} given up whole, ${tried.done} done, the server stopped in ${tried.stopped}; nothing lost`,
    );
  });
});

describeWithDocker('a server that stops because its log has no room, postgres:17', () => {
  let small: SmallServer;
  let ports: DockerPorts;
  let before: string;
  const tried = { failed: 0, done: 0, takenBack: 0 };

  beforeAll(async () => {
    // No checkpoint of its own, and no file of the log that is used again: what room it has left is known.
    const settings = ['wal_recycle=off', 'max_wal_size=2GB', 'checkpoint_timeout=1h'];
    const args = settings.flatMap((setting) => ['-c', setting]);
    small = await startSmallServer([], args);
    ports = await dockerPorts(small, 'app');
    await backUp(ports, quietRun()); // waits until the server is up
    await small.sql(content);
    before = await small.sql(digest);
    await backUp(ports, quietRun());
  });
  afterAll(async () => {
    await ports?.[Symbol.asyncDispose]();
    await small?.[Symbol.asyncDispose]();
  });

  /** Leaves less room than one more file of the log takes, and so many bytes in the last of those there are. */
  const fillLog = (kilobytes: number, bytes: number): void => {
    sqlNow(small.name, 'CHECKPOINT');
    small.leaveKilobytes(kilobytes);
    sqlNow(small.name, writingLogUntil(bytes));
  };

  /** How often it ended because it could not go on with its log. */
  const panics = async (): Promise<number> => {
    const { stdout, stderr } = await docker(['logs', small.name]);
    return (stdout + stderr).match(/PANIC: .* "pg_wal\//g)?.length ?? 0;
  };

  /** Lets the log fill up in the middle of the work, looks at what is left when there is room again; gives the failure. */
  async function workOn(name: Stopped, phase: string, fill: () => void): Promise<OperationError | undefined> {
    const live = await small.sql(digest);
    const files = await contentsOf(ports.folder);
    const earlier = await panics();
    let filled = false;
    const fillNow = (): void => {
      fill();
      filled = true;
    };
    const failure = await failureUnlessDone(stoppedWorks[name](ports, actingAt(phase, fillNow)));
    expect(filled).toBe(true);
    if (failure !== undefined) {
      expect(failure).toMatchObject(oneSentence);
      expect([1, 3]).toContain(failure.exitCode);
      expect(await panics()).toBeGreaterThan(earlier);
    }
    await small.makeRoom();
    await small.wake();
    expect(await contentsOf(ports.folder)).toMatchObject(failure === undefined ? {} : files);

    await using again = await dockerPorts(small, 'app', { folder: ports.folder });
    const { repairs } = await backUp(again, quietRun()); // waits for the server, and puts in order what was left
    expect((await readStatus(again, quietRun())).target).toMatchObject({ exists: true, leftovers: [] });
    expect(await small.sql(names, server)).toBe(atRest);
    const done = name === 'clear' ? '0|' : before;
    const allowed = failure === undefined ? [done] : notKnown.test(failure.message) ? [live, done] : [live];
    expect(allowed).toContain(await small.sql(digest));

    if ((await small.sql(digest)) !== before) await undo(again);
    expect(await small.sql(digest)).toBe(before);
    await verifyBackup(again, { backup: 'latest', deep: false }, quietRun());
    if (/An interrupted \w+ was taken back/.test(repairs.join())) tried.takenBack += 1;
    return failure;
  }

  test('has its live database when there is room again', { timeout: 300_000 }, async () => {
    // Room for the data, which would be given up sooner, and for no file of the log.
    const failure = await workOn('restore', 'Restoring', () => fillLog(12_000, 2000));
    expect(failure).toBeDefined();
  });

  const cases = stops.flatMap(([name, phase, levels]) => levels.map((left) => ({ name, phase, left })));
  test.each(cases)(
    '$name while $phase, with $left bytes left in its log: all or nothing',
    async ({ name, phase, left }) => {
      if (name === 'undo') await clear(ports);
      const failure = await workOn(name, phase, () => fillLog(0, left));
      tried[failure === undefined ? 'done' : 'failed'] += 1;
    },
    300_000,
  );

  test('was stopped in the middle of swaps, and nothing was lost in any of them', () => {
    expect(tried.failed + tried.done).toBe(cases.length);
    expect(tried.failed).toBeGreaterThan(0);
    tellFigure(
      'operations on a server whose log has no room',
      `${tried.failed} given up whole, ${tried.takenBack} of them with the database closed for the swap and opened again, ${tried.done} done; nothing lost`,
    );
  });
});

/** Writes to the log of a server until the last file of it has so many bytes left. */
function writingLogUntil(left: number): string {
  return `DO $$
  DECLARE
    last CONSTANT text := (SELECT max(name) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$');
    files CONSTANT bigint := ('x' || substr(last, 9, 8))::bit(32)::bigint * 256 + ('x' || substr(last, 17))::bit(32)::bigint;
    room numeric;
  BEGIN
    LOOP
      room := (files + 1) * 16777216 - ${left} - (pg_current_wal_insert_lsn() - '0/0');
      EXIT WHEN room < 200;
      PERFORM pg_logical_emit_message(false, '', repeat('x', least(room * 0.9 - 100, 100000)::int));
    END LOOP;
  END $$`;
}
