import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { OperationError } from '../../src/core/errors.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { readStatus } from '../../src/operations/status.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { ownerLabels } from '../support/container-labels.ts';
import { databaseDigest } from '../support/database-digest.ts';
import { docker, dockerOrThrow, pauseContainer } from '../support/docker.ts';
import {
  clear,
  type DockerPorts,
  dockerPorts,
  failureOf,
  filesIn,
  interruptedAt,
  policy,
  quietRun,
  restore,
  undo,
  withoutDebris,
} from '../support/docker-ports.ts';
import { openSession } from '../support/open-session.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';

const server = { database: 'postgres' };
const endDump = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE application_name LIKE 'kubegram-work%' AND wait_event_type = 'Lock'`;
const backUp = (ports: DockerPorts, changes: Partial<typeof policy> = {}, run = quietRun()) =>
  createBackup(ports, { ...policy, ...changes }, { note: '', reason: 'manual' }, run);

type Interrupted = [
  what: string,
  phase: string,
  work: (ports: DockerPorts, phase: string) => Promise<unknown>,
];
const interruptions: Interrupted[] = [
  ['a backup', 'Dumping', (own, phase) => backUp(own, {}, interruptedAt(phase))],
  ['a compressed backup', 'Dumping', (own, phase) => backUp(own, { format: 'gzip' }, interruptedAt(phase))],
  ['a restore', 'Restoring', (own, phase) => restore(own, {}, interruptedAt(phase))],
  ['a restore', 'Building indexes', (own, phase) => restore(own, {}, interruptedAt(phase))],
  ['a restore', 'Counting rows', (own, phase) => restore(own, {}, interruptedAt(phase))],
  ['a restore', 'Gathering statistics', (own, phase) => restore(own, {}, interruptedAt(phase))],
  [
    'a deep verification',
    'Restoring',
    (own, phase) => verifyBackup(own, { backup: 'latest', deep: true }, interruptedAt(phase)),
  ],
  ['a clear', 'Dumping', (own, phase) => clear(own, {}, interruptedAt(phase))],
  ['a clear', 'Building the emptied database', (own, phase) => clear(own, {}, interruptedAt(phase))],
];

describeWithDocker('time limits and interrupted work, postgres:17', () => {
  let postgres: TestContainer;
  let ports: DockerPorts;

  beforeAll(async () => {
    postgres = await startPostgres({ major: 17, database: 'app' });
    await postgres.sql(
      `CREATE TABLE t AS SELECT n AS id, repeat(md5(n::text), 8) AS body FROM generate_series(1, 50000) n`,
    );
  });
  beforeEach(async () => {
    ports = await dockerPorts(postgres, 'app', { lockWaitMs: 1000 });
    return () => ports[Symbol.asyncDispose]();
  });
  afterAll(() => postgres?.[Symbol.asyncDispose]());

  test.each(someOf(['plain', 'zstd', 'directory'] as const, 1))(
    'a backup beyond its time limit is given up (format: %s)',
    async (format) => {
      await using patient = await dockerPorts(postgres, 'app');
      await using holder = await openSession(postgres, 'BEGIN; LOCK TABLE t');
      expect(await failureOf(backUp(patient, { timeoutMs: 1000, format }))).toMatchObject({
        code: 'timeout',
        exitCode: 6,
      });
      expect(await filesIn(patient)).toEqual([]);
      await holder[Symbol.asyncDispose]();
      expect(await withoutDebris(postgres)).toEqual([]);
    },
  );

  test('a table that stays locked ends the backup in the limit for locks', async () => {
    for (const id of [0, -1]) {
      await postgres.sql(`UPDATE t SET id = ${id} WHERE id = (SELECT min(id) FROM t)`);
      await backUp(ports);
    }
    const files = await filesIn(ports);
    await using _lock = await openSession(postgres, 'BEGIN; LOCK TABLE t');
    const started = performance.now();
    expect(await failureOf(backUp(ports, { keep: 1 }))).toMatchObject({
      code: 'dump-failed',
      message: expect.stringContaining('lock'),
    });
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(await filesIn(ports)).toEqual(files);
  });

  test.each(someOf(['plain', 'zstd', 'directory'] as const, 1))(
    'a dump that is killed on the server is no backup (format: %s)',
    async (format) => {
      await using patient = await dockerPorts(postgres, 'app');
      await using holder = await openSession(postgres, 'BEGIN; LOCK TABLE t');
      const failing = failureOf(backUp(patient, { format }));
      await expect.poll(() => postgres.sql(endDump, server)).toBe('t');
      expect(await failing).toMatchObject({
        code: 'unreachable',
        message: 'The database server went away in the middle of the dump.',
      });
      await holder[Symbol.asyncDispose]();
      expect(await filesIn(patient)).toEqual([]);
    },
  );

  test.each(someOf(interruptions, 2))(
    '%s interrupted while %s leaves everything as it was',
    async (what, phase, work) => {
      const before = await databaseDigest(postgres, 'app');
      if (/restore|verification/.test(what)) await backUp(ports);
      const files = await filesIn(ports);
      expect(await failureOf(work(ports, phase))).toMatchObject({ code: 'interrupted' });
      expect(await withoutDebris(postgres)).toEqual([]);
      expect(await databaseDigest(postgres, 'app')).toEqual(before);
      const added = (await filesIn(ports)).filter((file) => !files.includes(file));
      expect(added.filter((file) => !/^app_backup_\d+_\d+(\.sql|\.json|_tables\.txt)$/.test(file))).toEqual(
        [],
      );
    },
  );

  test('a load whose session the server ends says that the server went away', async () => {
    await backUp(ports);
    const before = await databaseDigest(postgres, 'app');
    const ending = postgres.sql(
      `SET statement_timeout = '20s'; DO $$ BEGIN LOOP
        PERFORM pg_stat_clear_snapshot();
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name LIKE 'kubegram-work%' AND query LIKE 'COPY %FROM stdin%';
        EXIT WHEN FOUND;
        PERFORM pg_sleep(0.002);
      END LOOP; END $$`,
      server,
    );
    expect(await failureOf(restore(ports, { safetyBackup: false }))).toMatchObject({
      code: 'unreachable',
      message: 'The database server went away in the middle of the restore.',
    });
    await ending;
    expect(await databaseDigest(postgres, 'app')).toEqual(before);
    expect(await withoutDebris(postgres)).toEqual([]);
  });

  test('an undo interrupted before its swap changes nothing', async () => {
    await clear(ports);
    const stop = AbortSignal.abort(new OperationError('interrupted', 'at once'));
    expect(await failureOf(undo(ports, quietRun(stop)))).toMatchObject({ code: 'interrupted' });
    expect(await postgres.sql('SELECT count(*) FROM t')).toBe('0');
    await undo(ports);
    expect(await postgres.sql('SELECT count(*) FROM t')).toBe('50000');
  });

  test('memory stays flat', async () => {
    await postgres.sql(
      `CREATE TABLE large AS SELECT n, repeat(md5(n::text), 30) AS body FROM generate_series(1, 150000) n`,
    );
    try {
      const base = process.memoryUsage.rss();
      let peak = base;
      const measuring = {
        ...quietRun(),
        onProgress: () => {
          peak = Math.max(peak, process.memoryUsage.rss());
        },
      };
      const { set } = await backUp(ports, {}, measuring);
      expect(set.manifest.size_bytes).toBeGreaterThan(140e6);
      await restore(ports, { into: 'beside' }, measuring);
      expect(peak - base).toBeLessThan(130e6);
    } finally {
      await postgres.sql('DROP DATABASE IF EXISTS beside', server);
      await postgres.sql('DROP TABLE large');
    }
  });
});

describeWithDocker('a container that is lost, postgres:17', () => {
  test('paused, stopped and removed in the middle of a backup', async () => {
    await using postgres = await startPostgres({ major: 17, database: 'app' });
    await postgres.sql('CREATE TABLE t AS SELECT generate_series(1, 10) AS id');
    await using ports = await dockerPorts(postgres, 'app');
    const losses: [string, string[], string[]][] = [
      ['paused', ['pause', postgres.name], ['unpause', postgres.name]],
      ['stopped', ['kill', postgres.name], []],
    ];
    for (const [state, lose, find] of losses) {
      const holder = await openSession(postgres, 'BEGIN; LOCK TABLE t');
      const failing = failureOf(backUp(ports));
      const waiting = `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
      await expect.poll(() => postgres.sql(waiting, server), { timeout: 30_000 }).toBe('1');
      await (state === 'paused' ? pauseContainer(postgres.name) : dockerOrThrow(lose));
      const started = performance.now();
      const failure = await failing;
      expect(failure).toMatchObject({ code: 'unreachable', exitCode: 3 });
      // An engine that is slow to notice what it killed still calls the container running for a while.
      const late = state === 'stopped' ? '|The database server went away in the middle of the dump' : '';
      expect(failure.message).toMatch(new RegExp(`${postgres.name} is ${state}${late}`));
      expect(performance.now() - started).toBeLessThan(30_000);
      expect(await filesIn(ports)).toEqual([]);
      if (find.length > 0) await dockerOrThrow(find);
      await holder[Symbol.asyncDispose]();
      if (find.length > 0) await backUp(ports).then(({ set }) => ports.store.remove(set));
    }
    expect((await readStatus(ports, quietRun())).unreachable?.message).toContain('stopped');
    await dockerOrThrow(['rm', '--force', postgres.name]);
    expect(await failureOf(backUp(ports))).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(postgres.name),
    });
    expect(await failureOf(dockerPorts(postgres, 'app'))).toMatchObject({ code: 'unreachable' });
  });

  test('a server that is still starting is waited for', async () => {
    const name = `kubegram-test-starting-${process.pid}`;
    const labels = ownerLabels().map((label) => `--label=${label}`);
    await dockerOrThrow([
      'run',
      '--detach',
      `--name=${name}`,
      ...labels,
      '--tmpfs=/var/lib/postgresql/data',
      '--env=POSTGRES_HOST_AUTH_METHOD=trust',
      '--env=POSTGRES_DB=app',
      'postgres:17',
    ]);
    try {
      await using ports = await dockerPorts({ name }, 'app');
      const { set } = await backUp(ports);
      expect(set.manifest.total_records).toBe(0);
    } finally {
      await docker(['rm', '--force', '--volumes', name]);
    }
  });
});
