import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupFormat } from '../../src/core/backup-format.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { cleanUp, deleteBackup, pinBackup } from '../../src/operations/manage.ts';
import type { Run } from '../../src/operations/run.ts';
import { readStatus } from '../../src/operations/status.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { copyProject } from '../support/cli.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { databaseDigest } from '../support/database-digest.ts';
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
import { expectInvariants, lookBefore } from '../support/invariants.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { actingAt, type DiskKind, type SmallDisk, smallDisk } from '../support/small-disk.ts';
import { rounds, soaking, someOf, tellFigure } from '../support/soak.ts';
import { contentsOf } from '../support/store-sets.ts';

const page = 4096;
const megabyte = 1024 * 1024;
/** No backup is begun with less room than this; a disk that fills up under one has to have more. */
const reserve = 16 * megabyte;

const small = 'CREATE TABLE t AS SELECT n AS id, md5(n::text) AS body FROM generate_series(1, 1000) n';
const rotating = [
  { work: 'clear', phase: 'Swapping', room: 'bytes' },
  { work: 'restore', phase: 'Swapping', room: 'files' },
  { work: 'clear', phase: 'Tidying up', room: 'bytes' },
  { work: 'restore', phase: 'Tidying up', room: 'files' },
  { work: 'clear', phase: 'Swapping', room: 'files' },
  { work: 'restore', phase: 'Swapping', room: 'bytes' },
  { work: 'clear', phase: 'Tidying up', room: 'files' },
  { work: 'restore', phase: 'Tidying up', room: 'bytes' },
] as const;

/** Makes a dump of more than {@link reserve}, of rows that the server itself keeps small. */
const growth = `INSERT INTO t SELECT n, repeat(md5(n::text), 100) FROM generate_series(1001, 6800) n`;

const full = {
  code: 'disk-full',
  exitCode: 1,
  message: expect.stringMatching(/^[^\n]*(is full|free; the backup needs)[^\n]*\.$/),
  hint: expect.stringMatching(/^Free some space[^\n]*\.$/),
};

function leaveNo(room: 'bytes' | 'files', disk: SmallDisk): void {
  try {
    if (room === 'files') disk.leaveFiles(0);
    else disk.leaveBytes(0);
  } catch (error) {
    // ext4 may be full a block before it says so.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}

describeWithDocker('a backup folder on a disk that fills up', () => {
  let server: TestContainer;

  beforeAll(async () => {
    server = await startPostgres({ database: 'app' });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const count = async (): Promise<number> => Number(await server.sql('SELECT count(*) FROM t'));
  const backUp = (ports: DockerPorts, run = quietRun(), format: BackupFormat = 'plain', keep = policy.keep) =>
    createBackup(ports, { ...policy, format, keep }, { note: '', reason: 'manual' }, run);

  /** A disk with two backups of a small database. */
  async function prepare(kind: DiskKind) {
    await server.sql(`DROP TABLE IF EXISTS t; ${small}`);
    await using stack = new AsyncDisposableStack();
    const disk = stack.use(await smallDisk(64, kind));
    const ports = stack.use(await dockerPorts(server, 'app', { folder: disk.folder }));
    await backUp(ports);
    await server.sql('DELETE FROM t WHERE id = 1');
    await backUp(ports);
    const owned = stack.move();
    return { disk, ports, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  }

  /**
   * Lets the work find the disk full, looks at what it leaves, and makes room again.
   *
   * @param phase When the disk fills up; before the work begins, where it is not given.
   * @returns False where the room sufficed after all.
   */
  async function failsCleanly(
    { disk, ports }: { disk: SmallDisk; ports: DockerPorts },
    fill: () => void,
    work: (run: Run) => Promise<unknown>,
    phase?: string,
  ): Promise<boolean> {
    const files = await contentsOf(disk.folder);
    let free = 0;
    const fillNow = (): void => {
      fill();
      free = disk.freeBytes();
    };
    if (phase === undefined) fillNow();
    const working = work(phase === undefined ? quietRun() : actingAt(phase, fillNow));
    const failure = await failureOf(working).catch((error: Error) => error.message);
    if (failure === 'it succeeded') return false;
    expect(failure).toMatchObject(full);
    expect(await contentsOf(disk.folder)).toEqual(files);
    await expect.poll(() => disk.freeBytes(), { timeout: 10_000 }).toBeGreaterThanOrEqual(free);
    disk.makeRoom();
    await using lock = await ports.store.lock('test');
    expect(lock.repairs).toEqual([]);
    return true;
  }

  describe.each<DiskKind>(soaking ? ['tmpfs', 'ext4'] : ['tmpfs'])('on %s', (kind) => {
    test('a backup that lacks room at any point is given up whole, and the next that has it is done', async () => {
      await using place = await prepare(kind);
      const { disk, ports } = place;
      const all = { folder: disk.folder, container: server, database: 'app' };
      let failures = 0;
      const fails = async (fill: () => void): Promise<boolean> => {
        const failed = await failsCleanly(place, fill, (run) => backUp(ports, run));
        if (failed) failures += 1;
        return failed;
      };

      for (const files of someOf([0, 1, 2], 1)) expect(await fails(() => disk.leaveFiles(files))).toBe(true);
      await server.sql(growth);
      const before = await lookBefore(all);
      const { stdout } = await server.exec(['sh', '-c', 'pg_dump -U postgres app | wc -c']);
      const pages = Math.ceil(Number(stdout) / page);
      const parts = soaking ? [0.91, 0.94, 0.97, 0.99] : [0.95];
      const levels = [reserve - page, ...parts.map((part) => pages * page * part)];
      for (const bytes of levels) expect(await fails(() => disk.leaveBytes(bytes))).toBe(true);
      await expectInvariants(all, before, { keep: 2 });

      // From here page by page: there is none for the end of the data, the list of tables, the metadata.
      let more = rounds(0, -8);
      while (await fails(() => disk.leaveBytes((pages + more) * page))) more += 1;
      // ext4 has a block or two more than it says.
      expect(more).toBeGreaterThan(kind === 'tmpfs' ? 1 : 0);
      expect(disk.freeBytes()).toBeLessThan(reserve);
      expect(await readStatus(ports, quietRun())).toMatchObject({ backups: { count: 2 } });
      expect((await verifyBackup(ports, { backup: 'latest', deep: false }, quietRun())).level).toBe('hash');
      await expectInvariants(all, before, { keep: 2 });
      tellFigure(`backups that found their disk full, on ${kind}`, `${failures}, each given up whole`);
    }, 300_000);

    test('a compressed backup, a clear and a restore do not go on where their backup finds the disk full', async () => {
      await using place = await prepare(kind);
      const { disk, ports } = place;
      await server.sql(growth);
      const all = { folder: disk.folder, container: server, database: 'app' };
      const before = await lookBefore(all);
      const works: ((run: Run) => Promise<unknown>)[] = [
        (run) => clear(ports, {}, run),
        (run) => backUp(ports, run, 'gzip'),
        (run) => restore(ports, {}, run),
      ];
      const bytes = soaking ? [0, page, 10 * page, 20 * page] : [page];
      const fills: [() => void, string?][] = [
        ...bytes.map((left): [() => void, string] => [() => disk.leaveBytes(left), 'Dumping']),
        ...[0, 1, 2].slice(0, rounds(0, 3)).map((left): [() => void] => [() => disk.leaveFiles(left)]),
      ];
      for (const work of someOf(works, 2))
        for (const [fill, phase] of fills) expect(await failsCleanly(place, fill, work, phase)).toBe(true);
      expect((await readStatus(ports, quietRun())).backups.count).toBe(2);
      await expectInvariants(all, before, { keep: 2 });
      await clear(ports);
      expect(await count()).toBe(0);
    }, 300_000);

    test.each(someOf(rotating, 1))(
      'a $work is done whole, its rotation too, where no $room are left from "$phase" on',
      async ({ work, phase, room }) => {
        await using place = await prepare(kind);
        const { disk, ports } = place;
        await server.sql('DELETE FROM t WHERE id = 2');
        await backUp(ports, quietRun(), 'plain', 3);
        const backedUp = await databaseDigest(server, 'app');
        await server.sql('DELETE FROM t WHERE id = 3');
        const all = { folder: disk.folder, container: server, database: 'app' };
        const before = await lookBefore(all);
        const sets = (await ports.store.list()).map(({ id }) => id);
        let filled = false;
        const fill = actingAt(phase, () => {
          leaveNo(room, disk);
          filled = true;
        });

        const result = await (work === 'clear' ? clear(ports, {}, fill) : restore(ports, {}, fill));
        expect(filled).toBe(true);
        expect(result).toMatchObject({ warnings: [], repairs: [] });
        const now = await databaseDigest(server, 'app');
        if (work === 'clear') expect(await count()).toBe(0);
        else expect(now).toEqual(backedUp);
        // One more was made, and rotation, which removes and writes nothing, has done its work.
        const removed = result.removed.map(({ id }) => id);
        expect(removed.length).toBeGreaterThan(0);
        const left = (await ports.store.list()).map(({ id }) => id);
        expect(left.slice(1)).toEqual(sets.filter((id) => !removed.includes(id)));
        const undoPoint = result.undoPoint?.name ?? expect.unreachable('It has no undo point.');
        await expectInvariants(all, before, { keep: 2, live: [now], stays: [undoPoint] });

        disk.makeRoom();
        const cleaned = await cleanUp(ports.store, { keep: 1 }, { dryRun: false }, quietRun());
        expect(cleaned.removed).toHaveLength(1);
        await undo(ports);
        expect(await databaseDigest(server, 'app')).toEqual(before.live);
      },
      120_000,
    );
  });

  test('what needs no room is done on a full disk, and a removal makes room', {
    timeout: 120_000,
  }, async () => {
    await using place = await prepare('tmpfs');
    const { disk, ports } = place;
    const [newest = '', older = ''] = (await ports.store.list()).map(({ id }) => id);
    await server.sql('DELETE FROM t WHERE id <= 10');
    disk.leaveBytes(0);

    const proof = await verifyBackup(ports, { backup: older, deep: true }, quietRun());
    expect(proof.level).toBe('contents');
    expect(proof.warnings.join()).toMatch(/The proof was not written down: The disk .* is full/);
    expect((await restore(ports, { dryRun: true })).outcome).toBe('dry-run');
    expect(await failureOf(restore(ports))).toMatchObject(full);
    expect(await failureOf(clear(ports))).toMatchObject(full);
    expect(await failureOf(pinBackup(ports.store, older, true))).toMatchObject(full);
    expect(await count()).toBe(990);
    await restore(ports, { safetyBackup: false });
    expect(await count()).toBe(999);
    await undo(ports);
    expect(await count()).toBe(990);

    disk.leaveFiles(0);
    await deleteBackup(ports.store, older);
    disk.leaveBytes(0);
    expect((await ports.store.list()).map(({ id, state }) => [id, state])).toEqual([[newest, 'complete']]);
    const status = await readStatus(ports, quietRun());
    expect(status).toMatchObject({ repairs: [], target: { leftovers: [] }, backups: { count: 1 } });
  });

  test('the command ends with 1 and one sentence, and works when there is room again', {
    timeout: 120_000,
  }, async () => {
    await using place = await prepare('tmpfs');
    const { disk } = place;
    await server.sql(growth);
    await using project = await copyProject({
      env: { DB_CONTAINER: server.name, DB_NAME: 'app', BACKUP_DIR: disk.folder },
    });
    const files = await contentsOf(disk.folder);
    disk.leaveBytes(reserve + megabyte);
    const given = await project.tool(['backup', '--quiet']);
    expect(given.exitCode).toBe(1);
    expect(given.stdout).toBe('');
    expect(given.stderr.trim().split('\n')).toEqual([
      `The disk that holds ${disk.folder} is full; Writing the backup was given up.`,
      expect.stringMatching(/^Free some space/),
    ]);
    expect(await contentsOf(disk.folder)).toEqual(files);
    disk.makeRoom();
    const done = await project.tool(['backup']);
    expect(done.exitCode, done.stderr).toBe(0);
  });
});
