import { truncateSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Manifest, writeManifest } from '../../src/core/manifest.ts';
import type { CompleteSet } from '../../src/core/ports/store.ts';
import { createBackup } from '../../src/operations/backup.ts';
import type { Run } from '../../src/operations/run.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { cutInput } from '../support/cut-input.ts';
import {
  type DockerPorts,
  dockerPorts,
  failureOf,
  policy,
  quietRun,
  restore,
  withoutDebris,
} from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';

describeWithDocker('a deep verification, postgres:17', () => {
  let postgres: TestContainer;
  let ports: DockerPorts;
  let set: CompleteSet;

  beforeAll(async () => {
    postgres = await startPostgres({ major: 17, database: 'app' });
    await postgres.sql(
      `CREATE TABLE "Odd one" AS SELECT generate_series(1, 3) AS id;
       CREATE TABLE b AS SELECT n AS id, repeat(md5(n::text), 40) AS body FROM generate_series(1, 2000) n;
       CREATE TABLE empty (id int);
       CREATE INDEX late ON b (id)`,
    );
  });
  beforeEach(async () => {
    ports = await dockerPorts(postgres, 'app');
    set = (await createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun())).set;
    return () => ports[Symbol.asyncDispose]();
  });
  afterAll(() => postgres?.[Symbol.asyncDispose]());

  const deeply = (run: Run = quietRun()) => verifyBackup(ports, { backup: set.id, deep: true }, run);
  const describeAs = (changes: Partial<Manifest>): Promise<void> =>
    writeFile(join(ports.folder, `${set.id}.json`), writeManifest({ ...set.manifest, ...changes }));
  const levelNow = async (): Promise<unknown> =>
    JSON.parse(await readFile(join(ports.folder, `${set.id}.json`), 'utf8')).verification.level;

  test('restores what it proves, and leaves nothing of it on the server', async () => {
    expect(await deeply()).toMatchObject({ level: 'contents', warnings: [] });
    expect(await levelNow()).toBe('contents');
    expect(await withoutDebris(postgres)).toEqual([]);
  });

  test('says that every table has its rows where only the text of the dump is another', async () => {
    await describeAs({ content_digest: `sha256:${'0'.repeat(64)}` });
    const { level, warnings } = await deeply();
    expect(level).toBe('restored');
    expect(warnings).toEqual([expect.stringContaining('every table has its rows')]);
  });

  const one = { schema: 'public', name: 'Odd one', rows: 3 };
  const b = { schema: 'public', name: 'b', rows: 2000 };
  const empty = { schema: 'public', name: 'empty', rows: 0 };
  const otherTables: [string, Manifest['tables'], string][] = [
    [
      'other rows in two tables, and as many in all',
      [{ ...one, rows: 4 }, { ...b, rows: 1999 }, empty],
      'the table public."Odd one" has 3 rows where the metadata says 4',
    ],
    [
      'a table that is not in the dump',
      [one, b, empty, { ...empty, name: 'gone' }],
      'the table public.gone of the metadata is missing',
    ],
    ['a table less', [one, b], 'the metadata does not name its table public.empty'],
  ];
  test.each(someOf(otherTables, 1))(
    'fails where the metadata names %s; a restore is refused too',
    async (_what, tables, said) => {
      const verification = { level: 'contents', at: '2026-02-08T20:28:47Z' } as const;
      await describeAs({ tables, verification });
      expect(await failureOf(deeply())).toMatchObject({
        code: 'backup-unverified',
        exitCode: 4,
        message: `The backup ${set.id} does not verify: restored, ${said}.`,
        hint: expect.stringContaining('npm run backup:list'),
      });
      expect(await levelNow()).toBe('written');
      expect(await failureOf(restore(ports, { backup: set.id, safetyBackup: false }))).toMatchObject({
        code: 'restore-failed',
        message: `The restored database is not what was backed up: ${said}.`,
      });
      expect(await withoutDebris(postgres)).toEqual([]);
      expect(await postgres.sql('SELECT count(*) FROM b')).toBe('2000');
    },
  );

  test('fails where the compressed file is cut between the check and the load, as a restore does', async () => {
    const compressed = { ...policy, format: 'zstd' as const };
    set = (await createBackup(ports, compressed, { note: '', reason: 'manual' }, quietRun())).set;
    const path = join(ports.folder, set.dataFile);
    const whole = await readFile(path);
    const cutting = (): Run => ({
      ...quietRun(),
      onProgress: ({ phase }) => {
        if (phase === 'Looking at the database' || phase === 'Restoring into a scratch database')
          truncateSync(path, whole.length - 20);
      },
    });
    const damaged = {
      code: 'backup-unverified',
      message: `The backup ${set.id} does not verify: its compressed data is damaged.`,
    };
    expect(await failureOf(deeply(cutting()))).toMatchObject(damaged);
    await writeFile(path, whole);
    expect(await failureOf(restore(ports, { backup: set.id }, cutting()))).toMatchObject(damaged);
    expect(await withoutDebris(postgres)).toEqual([]);
    await writeFile(path, whole);
    await restore(ports, { backup: set.id, into: 'beside' });
    await postgres.sql('DROP DATABASE beside', { database: 'postgres' });
  });

  test('fails where psql gets a part of it only and ends well, as a restore does', async () => {
    await using cut = await dockerPorts(postgres, 'app', {
      folder: ports.folder,
      start: cutInput('-- Name: late; Type: INDEX'),
    });
    const deep = { backup: set.id, deep: true };
    for (const work of [() => verifyBackup(cut, deep, quietRun()), () => restore(cut, { backup: set.id })]) {
      expect(await failureOf(work())).toMatchObject({
        code: 'restore-failed',
        message: 'The load ended before all of the SQL had arrived.',
      });
    }
    expect(await postgres.sql("SELECT count(*) FROM pg_class WHERE relname = 'late'")).toBe('1');
    expect(await withoutDebris(postgres)).toEqual([]);
  });

  test('fails where another file takes the place of the checked one before it is loaded', async () => {
    const path = join(ports.folder, set.dataFile);
    const other = (await readFile(path, 'latin1')).replace(/^1\tc4ca/m, '1\tc4cb');
    const replacing: Run = {
      ...quietRun(),
      onProgress: ({ phase }) => {
        if (phase === 'Restoring into a scratch database') writeFileSync(path, other, 'latin1');
      },
    };
    expect(await failureOf(deeply(replacing))).toMatchObject({
      code: 'backup-unverified',
      message: `The backup ${set.id} does not verify: it changed while it was being restored.`,
    });
    expect(await levelNow()).toBe('written');
    expect(await withoutDebris(postgres)).toEqual([]);
  });
});
