import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { OperationError } from '../../src/core/errors.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { readStatus } from '../../src/operations/status.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { folderStore } from '../../src/store/folder-store.ts';
import { backupTable, describeChanges, describeSet } from '../../src/ui/line/backups.ts';
import { backupText, restoreText, verifyText } from '../../src/ui/line/results.ts';
import { statusText } from '../../src/ui/line/status.ts';
import { paint } from '../../src/ui/paint.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { databaseDigest } from '../support/database-digest.ts';
import { dockerPorts, policy, quietRun, restore } from '../support/docker-ports.ts';
import { ascii, disturbing, hostileNames } from '../support/hostile-names.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { rounds, tellFigure } from '../support/soak.ts';
import { watchedFiles } from '../support/store-files.ts';

const plain = paint(false);
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** One table for each name, in a schema of that name, with a column of it and a row that holds it. */
const tablesOf = (names: readonly string[]): string =>
  names
    .map(
      (
        name,
      ) => `CREATE SCHEMA ${quoted(name)}; CREATE TABLE ${quoted(name)}.${quoted(name)} (${quoted(name)} text);
INSERT INTO ${quoted(name)}.${quoted(name)} VALUES (${literal(name)});
COMMENT ON TABLE ${quoted(name)}.${quoted(name)} IS ${literal(name)};`,
    )
    .join('\n');

/** Changes the rows of all of them, the name of a column and of a schema, and takes the last one away. */
const changed = (names: readonly string[]): string => {
  const [first = '', second = ''] = names;
  const last = names.at(-1) ?? '';
  const rows = names.map((name) => `UPDATE ${quoted(name)}.${quoted(name)} SET ${quoted(name)} = 'changed';`);
  return `${rows.join('\n')}
ALTER TABLE ${quoted(first)}.${quoted(first)} RENAME ${quoted(first)} TO renamed;
ALTER SCHEMA ${quoted(second)} RENAME TO renamed;
DROP TABLE ${quoted(last)}.${quoted(last)};`;
};

describeWithDocker('hostile names', () => {
  let postgres: TestContainer;
  let parent: string;

  beforeAll(async () => {
    postgres = await startPostgres({ major: 17, database: 'app' });
    parent = await mkdtemp(join(tmpdir(), 'kubegram-names-'));
  });
  afterAll(async () => {
    await rm(parent, { recursive: true, force: true });
    await postgres?.[Symbol.asyncDispose]();
  });

  /** Backs up, verifies, changes it, restores over that, and gives all texts that a person would see. */
  async function goRound(database: string, note: string, change: string): Promise<string[]> {
    const folder = join(parent, 'backups');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const touched = new Set<string>();
    const files = watchedFiles(({ paths }) => {
      for (const path of paths) touched.add(path);
    });
    const found = await dockerPorts(postgres, database, { folder });
    const ports = { ...found, store: folderStore(folder, systemClock, files) };
    const backup = await createBackup(ports, policy, { note, reason: 'manual' }, quietRun());
    expect(backup.set.manifest).toMatchObject({ database, note });
    const verified = await verifyBackup(ports, { backup: backup.set.id, deep: false }, quietRun());
    const before = await databaseDigest(postgres, database);
    await postgres.sql(change, { database });
    expect(await databaseDigest(postgres, database)).not.toEqual(before);
    const restored = await restore(ports, { backup: backup.set.id });
    expect(restored).toMatchObject({ outcome: 'restored', database });
    expect(await databaseDigest(postgres, database)).toEqual(before);
    const status = await readStatus(ports, quietRun());
    const sets = await ports.store.list();
    expect(sets.map(({ state }) => state)).not.toContain('unverifiable');

    for (const path of touched) expect(path === folder || dirname(path) === folder, path).toBe(true);
    expect(await readdir(parent)).toEqual(['backups']);
    for (const name of await readdir(folder)) expect(name).toMatch(/^[A-Za-z0-9_.%-]+$/);
    const list = await readFile(join(folder, `${backup.set.id}_tables.txt`), 'utf8');
    expect(list.split('\n').length - 1).toBe(backup.set.manifest.tables.length);
    await rm(folder, { recursive: true });
    return [
      list,
      backupText(backup, plain),
      verifyText(verified, plain),
      restoreText(restored, plain),
      statusText(status, new Date(), plain),
      backupTable(sets, new Date(), plain),
      ...sets.map((set) => describeSet(set, new Date())),
      describeChanges(
        backup.set.manifest.tables.map((table) => ({ ...table, before: 1, after: null })),
        true,
        1e6,
      ).join('\n'),
    ];
  }

  test('of tables, schemas and columns go round, and nothing raw of them reaches a terminal', async () => {
    const names = [...new Set([...hostileNames, ...ascii])];
    await postgres.sql(tablesOf(names));
    const query = `SELECT json_agg(c.relname ORDER BY c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind = 'r' AND nspname = relname AND obj_description(c.oid) = relname`;
    expect(JSON.parse(await postgres.sql(query))).toHaveLength(names.length);
    const texts = await goRound('app', ascii.join(''), changed(names));
    const after: string[] = JSON.parse(await postgres.sql(query));
    expect(after.toSorted()).toEqual(names.toSorted());
    for (const text of texts) expect(text).not.toMatch(disturbing);
    tellFigure('hostile names of schemas, tables and columns', `${names.length}, all came back`);
  }, 120_000);

  const databases = [
    ascii.slice(0, 63).join(''),
    ascii.slice(63, 126).join(''),
    `before ${ascii.slice(126).join('')} after`,
    ...hostileNames.slice(0, rounds(1, hostileNames.length)),
  ];
  test.each(databases.map((name) => [name]))(
    'of a database go round: %j',
    async (name) => {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
      await postgres.createDatabase(name);
      const tables = 'CREATE TABLE kept AS SELECT 7 AS n; CREATE TABLE gone AS SELECT 8 AS n';
      await postgres.sql(tables, { database: name });
      const texts = await goRound(name, name, 'UPDATE kept SET n = 9; DROP TABLE gone');
      expect(await postgres.sql('SELECT n FROM kept', { database: name })).toBe('7');
      for (const text of texts) expect(text).not.toMatch(disturbing);
    },
    120_000,
  );

  test('longer than PostgreSQL takes are refused, not cut inside a character', async () => {
    for (const name of [`${'a'.repeat(62)}é`, '🐘'.repeat(16)])
      await expect(dockerPorts(postgres, name)).rejects.toThrow(OperationError);
  });
});

describe('a text that reaches a terminal', () => {
  test('is looked at for all that could disturb it', () => {
    for (const bad of ['\u001b[2J', '\u009b', '\r', '\u202e', '\u2066', '\u0007'])
      expect(bad).toMatch(disturbing);
    for (const good of ['a\nb', 'é 🐘 שלום', 'e\u0301']) expect(good).not.toMatch(disturbing);
  });
});
