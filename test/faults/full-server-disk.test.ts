import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { OperationError } from '../../src/core/errors.ts';
import { createBackup } from '../../src/operations/backup.ts';
import type { Run } from '../../src/operations/run.ts';
import { readStatus } from '../../src/operations/status.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
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
import { soaking, tellFigure } from '../support/soak.ts';
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
const backUp: Work = (ports, run) => createBackup(ports, policy, { note: '', reason: 'manual' }, run);
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
/** When the disk fills up, with so many kilobytes left, and whether the operation can still be done then. */
const moments: [Name, string, number[], End][] = [
  ['backup', 'Looking at the database', [500], 'is done'],
  ['deep verification', 'Restoring', [500], 'fails'],
  ['restore', 'Restoring', [500], 'fails'],
  ['restore', 'Swapping', [100], 'either'],
  ['clear', 'Swapping', [100], 'either'],
  ['undo', 'Swapping', [100], 'either'],
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
  ['restore', 'Swapping', [0], 'either'],
  ['clear', 'Dumping', [4000, 500, 0], 'either'],
  ['clear', 'Building the emptied database', [200, 0], 'either'],
  ['clear', 'Swapping', [0], 'either'],
  ['undo', 'Swapping', [0], 'either'],
];

/** Whether it failed, and if so, as it must. */
function judge(failure: OperationError | undefined, end: End, stopped: boolean): boolean {
  expect(failure === undefined ? 'is done' : 'fails').toMatch(end === 'either' ? /./ : end);
  if (failure === undefined) return false;
  const told = failure.code === 'swap-failed' ? swapRefused : full;
  expect(failure).toMatchObject(stopped ? oneSentence : told);
  if (stopped) expect([1, 3]).toContain(failure.exitCode);
  return true;
}

describeWithDocker('a server whose disk fills up, postgres:17', () => {
  let small: SmallServer;
  let ports: DockerPorts;
  let before: string;
  const tried = { failed: 0, done: 0, stopped: 0 };

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
    tellFigure(
      'operations on a full server disk',
      `${tried.failed} given up whole, ${tried.done} done, the server stopped in ${tried.stopped}; nothing lost`,
    );
    await ports?.[Symbol.asyncDispose]();
    await small?.[Symbol.asyncDispose]();
  });

  const all = soaking ? [...moments, ...more] : moments;
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
      const failure = await failureOf(works[name](ports, actingAt(phase, fill))).catch((error: Error) => {
        if (error.message !== 'it succeeded') throw error;
        return undefined;
      });
      expect(filled).toBe(true);
      await small.makeRoom();
      // PostgreSQL itself stops where it cannot write what a checkpoint needs.
      const stopped = await small.wake();
      tried[judge(failure, end, stopped) ? 'failed' : 'done'] += 1;
      expect(await contentsOf(ports.folder)).toMatchObject(failure === undefined ? {} : files);
      expect(await small.sql(digest)).toBe(failure === undefined ? after(name, live) : live);
      if (stopped) tried.stopped += 1;
      const status = await readStatus(ports, quietRun());
      expect(status).toMatchObject({ target: { exists: true, leftovers: [] } });
      if (!stopped) expect(status.repairs).toEqual([]);
      expect(await small.sql(names, server)).toBe(atRest);

      if ((await small.sql(digest)) !== before) await undo(ports);
      expect(await small.sql(digest)).toBe(before);
      await verifyBackup(ports, { backup: 'latest', deep: false }, quietRun());
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
});

describeWithDocker('a server that stops because its log has no room, postgres:17', () => {
  test('has its live database when there is room again', { timeout: 300_000 }, async () => {
    await using small = await startSmallServer([], ['-c', 'min_wal_size=32MB', '-c', 'max_wal_size=32MB']);
    await using ports = await dockerPorts(small, 'app');
    await backUp(ports, quietRun());
    await small.sql(content.replace('30000', '60000'));
    const before = await small.sql(digest);
    await backUp(ports, quietRun());
    const files = await contentsOf(ports.folder);

    const filling = actingAt('Restoring', () => small.leaveKilobytes(2000));
    const failure = await failureOf(restore(ports, { safetyBackup: false }, filling));
    expect(failure).toMatchObject(oneSentence);
    expect([1, 3]).toContain(failure.exitCode);
    expect(await contentsOf(ports.folder)).toEqual(files);

    await small.makeRoom();
    await small.wake();
    await using again = await dockerPorts(small, 'app', { folder: ports.folder });
    await backUp(again, quietRun()); // waits for the server, and puts in order what was left
    expect((await readStatus(again, quietRun())).target).toMatchObject({ exists: true, leftovers: [] });
    expect(await small.sql(names, server)).toBe(atRest);
    expect(await small.sql(digest)).toBe(before);
  });
});
