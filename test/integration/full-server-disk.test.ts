import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createBackup } from '../../src/operations/backup.ts';
import type { Run } from '../../src/operations/run.ts';
import { readStatus } from '../../src/operations/status.ts';
import { ownerLabels } from '../support/container-labels.ts';
import { docker, dockerOrThrow } from '../support/docker.ts';
import {
  clear,
  type DockerPorts,
  dockerPorts,
  failureOf,
  filesIn,
  policy,
  quietRun,
  restore,
} from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';

const dataFolder = '/var/lib/postgresql/data';
const content = `CREATE TABLE t AS SELECT n AS id, repeat(md5(n::text), 4) AS body FROM generate_series(1, 60000) n;
  ALTER TABLE t ADD PRIMARY KEY (id); CHECKPOINT`;
const digest = `SELECT count(*), md5(string_agg(id || body, ',' ORDER BY id)) FROM t`;
const names = `SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database`;
const server = { database: 'postgres' };

/** A run in which somebody else fills the server's disk while the shadow is loaded: all but so many kilobytes. */
function fillingUp(container: string, left: number): Run {
  let filled = false;
  const fill = `free=$(df -k --output=avail ${dataFolder} | tail -1); head -c $((free - ${left}))K /dev/zero > ${dataFolder}/filler`;
  return {
    ...quietRun(),
    onProgress: ({ phase }) => {
      if (filled || phase !== 'Restoring') return;
      filled = true;
      execFileSync('docker', ['exec', container, 'sh', '-c', fill]);
    },
  };
}

const full = {
  exitCode: 1,
  message: expect.stringMatching(/^[^\n]*(No space left on device|disk [^\n]*full)[^\n]*\.$/),
  hint: expect.stringMatching(/\S/),
};

/** A server with a disk of 200 MB in memory, which another container keeps while the server is down. */
async function startSmall(env: readonly string[], settings: readonly string[]) {
  const name = `kubegram-test-${randomBytes(6).toString('hex')}`;
  const disk = `${name}-disk`;
  const labels = ownerLabels().map((label) => `--label=${label}`);
  const mount = `type=volume,volume-driver=local,volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size=200m,target=${dataFolder}`;
  const image = 'postgres:17';
  const psql = ['exec', '-i', name, 'psql', '-XAtq', '-U', 'postgres', '-v', 'ON_ERROR_STOP=1', '-d'];
  const small = {
    name,
    disk,
    sql: async (text: string, { database = 'app' } = {}) =>
      (await dockerOrThrow([...psql, database], text)).trim(),
    makeRoom: () => dockerOrThrow(['exec', disk, 'rm', `${dataFolder}/filler`]),
    [Symbol.asyncDispose]: async () => {
      for (const one of [name, disk]) await docker(['rm', '--force', '--volumes', one]);
    },
  };
  try {
    const held = ['run', '--detach', ...labels, `--name=${disk}`, `--mount=${mount}`];
    await dockerOrThrow([...held, '--entrypoint=sleep', image, 'infinity']);
    const own = ['--env=POSTGRES_HOST_AUTH_METHOD=trust', '--env=POSTGRES_DB=app', ...env];
    const run = ['run', '--detach', ...labels, `--name=${name}`, `--volumes-from=${disk}`, ...own, image];
    await dockerOrThrow([...run, 'postgres', '-c', 'fsync=off', ...settings]);
  } catch (error) {
    await small[Symbol.asyncDispose]();
    throw error;
  }
  return small;
}

describeWithDocker('a server whose disk is small, postgres:17', () => {
  const backUp = (ports: DockerPorts) =>
    createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());

  test('that fills up during a restore keeps the live database, and the shadow goes', async () => {
    // With its log elsewhere, and no checkpoint while there is no room at all: else it stops, see below.
    const log = '--env=POSTGRES_INITDB_WALDIR=/var/lib/postgresql/wal';
    await using small = await startSmall([log], ['-c', 'max_wal_size=2GB', '-c', 'checkpoint_timeout=1h']);
    await using ports = await dockerPorts(small, 'app');
    await backUp(ports); // waits until the server is up
    await small.sql(content);
    const before = await small.sql(digest);
    await backUp(ports);
    const files = await filesIn(ports);

    for (const changes of [{ into: 'beside' }, { safetyBackup: false }, { dryRun: true }]) {
      expect(await failureOf(restore(ports, changes, fillingUp(small.disk, 2000)))).toMatchObject(full);
      expect(await small.sql(digest)).toBe(before);
      expect(await small.sql(names, server)).toBe('app postgres template0 template1');
      expect(await filesIn(ports)).toEqual(files);
      // While it is full, the next is refused before anything is begun.
      expect(await failureOf(restore(ports, changes))).toMatchObject({ code: 'disk-full', exitCode: 1 });
      await small.makeRoom();
    }
    await clear(ports);
    await restore(ports, { safetyBackup: false });
    expect(await small.sql(digest)).toBe(before);
  });

  test('that stops because its log has no room either has its live database when there is room again', async () => {
    await using small = await startSmall([], ['-c', 'min_wal_size=32MB', '-c', 'max_wal_size=32MB']);
    await using ports = await dockerPorts(small, 'app');
    await backUp(ports);
    await small.sql(content);
    const before = await small.sql(digest);
    await backUp(ports);
    const files = await filesIn(ports);

    const failure = await failureOf(restore(ports, { safetyBackup: false }, fillingUp(small.disk, 2000)));
    expect(failure.message).toMatch(/^[^\n]+\.$/);
    expect(failure.hint).toMatch(/\S/);
    expect([1, 3]).toContain(failure.exitCode);
    expect(await filesIn(ports)).toEqual(files);

    await small.makeRoom();
    await dockerOrThrow(['start', small.name]);
    await using again = await dockerPorts(small, 'app', { folder: ports.folder });
    await backUp(again); // waits for the server, and puts in order what was left
    expect((await readStatus(again, quietRun())).target).toMatchObject({ exists: true, leftovers: [] });
    expect(await small.sql(names, server)).toBe('app postgres template0 template1');
    expect(await small.sql(digest)).toBe(before);
  });
});
