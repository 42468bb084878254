import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createBackup } from '../../src/operations/backup.ts';
import { previewClear } from '../../src/operations/clear.ts';
import { previewRestore } from '../../src/operations/preview-restore.ts';
import { readStatus } from '../../src/operations/status.ts';
import { type StartProcess, startProcess } from '../../src/process/process.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import {
  clear,
  connectTo,
  debris,
  dockerPorts,
  policy,
  quietRun,
  restore,
  restoreRequest,
} from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';

const manual = { note: '', reason: 'manual' } as const;

describeWithDocker('looking without touching', () => {
  let postgres: TestContainer;

  beforeAll(async () => {
    postgres = await startPostgres({ major: 17 });
  });
  afterAll(() => postgres?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    await postgres.sql(
      `DROP TABLE IF EXISTS birds; DROP ROLE IF EXISTS reader;
       CREATE TABLE birds (id serial PRIMARY KEY, name text); INSERT INTO birds (name) VALUES ('wren'), ('owl')`,
    );
  });

  test('a set in a folder that is only for reading is restored beside, and a dry run tells what it would change', async () => {
    await using ports = await dockerPorts(postgres, 'kubegram');
    await createBackup(ports, policy, manual, quietRun());
    const files = await readdir(ports.folder);
    // Tests run as root, whom no mode keeps out: a folder in the lock file's place does.
    await using readOnly = await withoutLock(ports.folder);
    await expect(createBackup(ports, policy, manual, quietRun())).rejects.toMatchObject({
      code: 'store-failed',
    });
    await postgres.sql(`DELETE FROM birds WHERE name = 'owl'`);
    const dry = await restore(ports, { dryRun: true });
    expect(dry.changes).toEqual([{ schema: 'public', name: 'birds', before: 1, after: 2 }]);
    const beside = await restore(ports, { into: 'looked_at' });
    expect(beside.outcome).toBe('restored-beside');
    expect(await postgres.sql('SELECT count(*) FROM birds', { database: 'looked_at' })).toContain('2');
    await postgres.sql('DROP DATABASE looked_at');
    expect((await readdir(ports.folder)).toSorted()).toEqual(files.toSorted());
    expect(readOnly.lock).toBe(join(ports.folder, '.lock'));
    expect(await debris(postgres)).toEqual([]);
  });

  test('previews answer while a backup has the folder', async () => {
    await using ports = await dockerPorts(postgres, 'kubegram');
    await createBackup(ports, policy, manual, quietRun());
    await using _lock = await ports.store.lock('backup');
    await using _backup = await connectTo(ports, 'read');
    expect(await previewRestore(ports, restoreRequest(ports), quietRun())).toMatchObject({
      exists: true,
    });
    expect(await previewClear(ports, false, quietRun())).toMatchObject({
      cleared: [{ name: 'birds', rows: 2 }],
    });
  });

  test('a dry run with --create-roles proves a backup whose policies name roles that are missing', async () => {
    await using ports = await dockerPorts(postgres, 'kubegram');
    await postgres.sql(
      `CREATE ROLE reader; ALTER TABLE birds ENABLE ROW LEVEL SECURITY; ALTER TABLE birds OWNER TO reader;
       CREATE POLICY seen ON birds TO reader USING (true); COMMENT ON POLICY seen ON birds IS 'all'`,
    );
    await createBackup(ports, policy, manual, quietRun());
    await postgres.sql('DROP OWNED BY reader; DROP TABLE IF EXISTS birds; DROP ROLE reader');
    const dry = await restore(ports, { dryRun: true, createRoles: true });
    expect(dry.warnings).toContain('The role reader would be made.');
    expect(await postgres.sql(`SELECT count(*) FROM pg_roles WHERE rolname = 'reader'`)).toContain('0');
    await expect(restore(ports, { withoutOwners: true, safetyBackup: false })).rejects.toMatchObject({
      code: 'restore-failed',
      message: expect.stringContaining('role "reader" does not exist'),
      hint: expect.stringContaining('--create-roles'),
    });
    await restore(ports, { createRoles: true, safetyBackup: false });
    expect(await postgres.sql('SELECT polname FROM pg_policy')).toContain('seen');
    await postgres.sql('DROP TABLE birds; DROP ROLE reader');
  });

  test.each([
    ['kubegram', ['container inspect', 'exec sh']],
    [`it's "so" \\ $HOME \`id\` = größe`, ['container inspect', 'exec sh']],
    ['postgres://elsewhere/?host=a', ['container inspect', 'exec sh']],
    ['two\nlines', ['container inspect', 'exec psql', 'exec sh']], // no line for the shell that waits
  ])('a look is one inspect and one query, begun beside each other: %j', async (database, asked) => {
    if (database !== 'kubegram') await postgres.sql(`CREATE DATABASE "${database.replaceAll('"', '""')}"`);
    const started: string[] = [];
    const start: StartProcess = (invocation) => {
      const [command, ...words] = invocation.args;
      started.push(
        `${command} ${command === 'exec' ? words.find((word) => /^(sh|psql)$/.test(word)) : words[0]}`,
      );
      return startProcess(invocation);
    };
    await using ports = await dockerPorts(postgres, database, { start, look: true });
    const { target } = await readStatus(ports, quietRun());
    expect(target).toMatchObject({ state: 'running', exists: true });
    expect(started.toSorted()).toEqual(asked);
  });

  test.each([
    ['sh', 'rm /bin/sh', null],
    ['psql', 'rm /usr/bin/psql /usr/lib/postgresql/*/bin/psql', 'There is no psql in the container'],
  ])(
    'a container without %s is looked into all the same, or it is said what it lacks',
    async (_, remove, lack) => {
      await using bare = await startPostgres({ database: 'app' });
      expect(await bare.exec(['bash', '-c', remove])).toMatchObject({ exitCode: 0 });
      await using ports = await dockerPorts(bare, 'app', { look: true });
      const { target, unreachable } = await readStatus(ports, quietRun());
      expect({ state: target?.state ?? null, said: unreachable?.message ?? null }).toEqual({
        state: lack === null ? 'running' : null,
        said: lack === null ? null : expect.stringContaining(lack),
      });
    },
  );

  test('numbers that were taken from a sequence are something to clear, those of migration tables are not', async () => {
    await using ports = await dockerPorts(postgres, 'kubegram');
    await postgres.sql(
      `DELETE FROM birds; CREATE TABLE knex_migrations (id serial PRIMARY KEY, name text);
       INSERT INTO knex_migrations (name) VALUES ('first')`,
    );
    expect(await clear(ports)).toMatchObject({ outcome: 'cleared', cleared: [] });
    expect(await postgres.sql(`SELECT nextval('birds_id_seq')`)).toContain('1');
    await postgres.sql('ALTER SEQUENCE birds_id_seq RESTART');
    expect(await clear(ports)).toMatchObject({ outcome: 'nothing-to-clear' });
    expect(await postgres.sql(`SELECT nextval('knex_migrations_id_seq')`)).toContain('2');
    await postgres.sql('DROP TABLE knex_migrations');
  });
});

/** Nothing can take the lock, or put anything else in the folder in order, until it is disposed. */
async function withoutLock(folder: string) {
  const lock = join(folder, '.lock');
  await rename(lock, `${folder}.lock-kept`);
  await mkdir(lock);
  await chmod(folder, 0o500);
  return {
    lock,
    [Symbol.asyncDispose]: async () => {
      await chmod(folder, 0o700);
      await rm(lock, { recursive: true });
      await rename(`${folder}.lock-kept`, lock);
    },
  };
}
