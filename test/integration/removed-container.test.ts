import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { BackupFormat } from '../../src/core/backup-format.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { readStatus } from '../../src/operations/status.ts';
import { startPostgres } from '../support/container.ts';
import { dockerOrThrow } from '../support/docker.ts';
import {
  type DockerPorts,
  dockerPorts,
  failureOf,
  filesIn,
  policy,
  quietRun,
} from '../support/docker-ports.ts';
import { openSession } from '../support/open-session.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';
import { contentsOf, expectSound } from '../support/store-sets.ts';

const gone = {
  code: 'unreachable',
  exitCode: 3,
  // What is asked the moment after may find it half removed.
  message: expect.stringMatching(
    /^(There is no container named .*|The container .* is .*|The database server went away in the middle of the dump)\.$/,
  ),
  hint: expect.stringMatching(/\S/),
};

/** Backs up once, so that there is something to lose, then again with whatever happens meanwhile. */
async function earlier(ports: DockerPorts, format: BackupFormat) {
  const backUp = (run = quietRun()) =>
    createBackup(ports, { ...policy, format }, { note: '', reason: 'manual' }, run);
  await backUp();
  const contents = await contentsOf(ports.folder);
  expect(Object.keys(contents)).toHaveLength(3);
  return {
    backUp,
    expectAsBefore: async () => {
      expect(await filesIn(ports)).toEqual(Object.keys(contents)); // no hidden ones either
      expect(await contentsOf(ports.folder)).toEqual(contents);
      await expectSound(ports.store);
      await using lock = await ports.store.lock('a look');
      expect(lock.repairs).toEqual([]);
    },
  };
}

describeWithDocker('a container that is removed in the middle of a backup, postgres:17', () => {
  test.each(someOf(['plain', 'zstd'] as const, 1))('while pg_dump waits (format: %s)', async (format) => {
    await using postgres = await startPostgres({ major: 17, database: 'app' });
    await postgres.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS id');
    await using ports = await dockerPorts(postgres, 'app');
    const { backUp, expectAsBefore } = await earlier(ports, format);
    await using _holder = await openSession(postgres, 'BEGIN; LOCK TABLE t');
    const failing = failureOf(backUp());
    const waiting = `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
    await expect.poll(() => postgres.sql(waiting, { database: 'postgres' }), { timeout: 30_000 }).toBe('1');
    await dockerOrThrow(['rm', '--force', '--volumes', postgres.name]);
    const started = performance.now();
    expect(await failing).toMatchObject(gone);
    expect(performance.now() - started).toBeLessThan(30_000);
    await expectAsBefore();

    const next = { code: 'unreachable', message: `There is no container named ${postgres.name}.` };
    expect(await failureOf(dockerPorts(postgres, 'app'))).toMatchObject(next);
    expect((await readStatus(ports, quietRun())).backups.count).toBe(1);
  });

  test.each(someOf(['plain', 'zstd'] as const, 1))('while rows come (format: %s)', async (format) => {
    await using postgres = await startPostgres({ major: 17, database: 'app' });
    await postgres.sql(
      `CREATE TABLE t AS SELECT n, repeat(md5(n::text), 30) AS body FROM generate_series(1, 150000) n`,
    );
    await using ports = await dockerPorts(postgres, 'app');
    const { backUp, expectAsBefore } = await earlier(ports, format);
    const bytes = { begun: 0, last: 0 };
    let removed: Promise<unknown> | undefined;
    const losing = {
      ...quietRun(),
      onProgress: (progress: { phase: string; bytes?: number }) => {
        if (progress.phase !== 'Dumping') return;
        bytes.last = progress.bytes ?? 0;
        if (removed !== undefined) return;
        bytes.begun = bytes.last;
        removed = once(spawn('docker', ['rm', '--force', '--volumes', postgres.name]), 'exit');
      },
    };
    expect(await failureOf(backUp(losing))).toMatchObject(gone);
    await removed;
    expect(bytes.begun).toBeGreaterThan(0);
    expect(bytes.last).toBeLessThan(140e6); // it was in the middle
    await expectAsBefore();
  });
});
