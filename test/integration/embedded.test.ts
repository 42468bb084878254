import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { PGlite } from '@electric-sql/pglite';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { readDump } from '../../src/core/dump/read-dump.ts';
import type { Connection } from '../../src/core/ports/target.ts';
import { createEmbeddedDatabase } from '../../src/database/embedded/create-database.ts';
import { embeddedTarget } from '../../src/database/embedded/embedded-target.ts';
import { plainOf } from '../../src/operations/arriving-dump.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { type ClearRequest, clearDatabase } from '../../src/operations/clear.ts';
import { type RestoreRequest, restoreBackup } from '../../src/operations/restore.ts';
import type { Policy, Ports, Run } from '../../src/operations/run.ts';
import { readStatus } from '../../src/operations/status.ts';
import { undoLast } from '../../src/operations/undo.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { folderStore } from '../../src/store/folder-store.ts';
import { smallDisk } from '../support/small-disk.ts';
import { rounds, someOf } from '../support/soak.ts';

const project = resolve(import.meta.dirname, '../..');
const database = 'kubegram';

/** Beside the sample: what a dump of INSERTs could lose on its way. */
const more = `
CREATE TABLE "schema_migrations" (version varchar PRIMARY KEY);
INSERT INTO schema_migrations VALUES ('20260101'), ('20260102');
CREATE SCHEMA "Odd ""schema""";
CREATE TABLE "Odd ""schema"""."no rows" (id serial PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE "Odd ""schema"""."no columns" ();
INSERT INTO "Odd ""schema"""."no columns" DEFAULT VALUES;
CREATE TABLE texts (id int, body text);
INSERT INTO texts VALUES (1, E'a;b\\n--\\n-- Data for Name: x\\n\\\\.\\nCOPY t FROM stdin;\\n'), (2, ''), (3, NULL), (4, E'\\r\\n$$ '' "');
CREATE FUNCTION count_starts() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
  -- Data for Name: a comment inside a body
  INSERT INTO public.texts VALUES (99, 'a statement trigger fired'); RETURN NULL;
END $f$;
CREATE TRIGGER starts AFTER INSERT ON "Odd ""schema"""."no rows" FOR EACH STATEMENT EXECUTE FUNCTION count_starts();
CREATE VIEW loud AS SELECT upper(body) AS body FROM texts;
CREATE MATERIALIZED VIEW never_filled AS SELECT 1 AS one WITH NO DATA;
CREATE ROLE app_owner LOGIN;
GRANT SELECT ON texts TO app_owner;
ALTER TABLE texts OWNER TO app_owner;
SELECT pg_catalog.lo_from_bytea(4242, '\\x00ff0a5c2e0a');
COMMENT ON DATABASE postgres IS 'the team''s';
ALTER DATABASE postgres SET TimeZone = 'Europe/Berlin';
ALTER DATABASE postgres SET search_path = '';
`;

const policy: Policy = {
  keep: 2,
  format: 'plain',
  jobs: 2,
  maxBytes: undefined,
  timeoutMs: 60_000,
  production: false,
  toolVersion: 'test',
};
const run: Run = { signal: new AbortController().signal, onProgress() {} };
const allow = { production: false, otherCluster: false };
const restoring: RestoreRequest = {
  backup: 'latest',
  confirm: database,
  dryRun: false,
  into: undefined,
  safetyBackup: true,
  createRoles: false,
  withoutOwners: false,
  unverified: false,
  allow,
};
const clearing: ClearRequest = { confirm: database, everything: false, dryRun: false, note: '', allow };

let folder: string;
let dataFolder: string;
let ports: Ports;

function portsFor(name: string): Ports {
  const store = folderStore(join(folder, 'backups'), systemClock);
  return { store, clock: systemClock, target: embeddedTarget(dataFolder, name) };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubegram-embedded-'));
  dataFolder = join(folder, 'database');
  ports = portsFor(database);
  const sample = await readFile(join(project, 'scripts/demo/sample.sql'), 'utf8');
  await createEmbeddedDatabase(dataFolder, database, sample + more);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Connects as an operation does, for a look or a change of the test's own. */
async function connected<T>(work: (connection: Connection) => Promise<T>, name = database): Promise<T> {
  const request = { operation: 'test', access: 'change', signal: run.signal } as const;
  await using connection = await portsFor(name).target.connect(request);
  return await work(connection);
}

async function rowsOf(name = database): Promise<Record<string, number>> {
  const { tables } = await connected((connection) => connection.liveRows(1000), name);
  return Object.fromEntries(tables.map((table) => [`${table.schema}.${table.name}`, table.rows]));
}

async function digestOf(name = database): Promise<string> {
  return connected(async (connection) => {
    const dump = connection.dump(run.signal, { format: 'plain', jobs: 1 });
    const reader = readDump();
    for await (const chunk of plainOf(dump)) reader.write(chunk);
    await dump.finished;
    return reader.end().contentDigest;
  }, name);
}

/** Runs SQL as the database's user would, beside the tool. */
async function execute(sql: string): Promise<void> {
  const { databases } = JSON.parse(await readFile(join(dataFolder, 'catalog.json'), 'utf8')) as {
    databases: { role: string; name: string; dir: string }[];
  };
  const live = databases.find(({ role, name }) => role === 'database' && name === database);
  const pg = await PGlite.create(join(dataFolder, live?.dir ?? ''));
  await pg.exec(sql);
  await pg.close();
}

async function dataFolders(): Promise<number> {
  return (await readdir(dataFolder)).filter((name) => name.startsWith('db-')).length;
}

describe('an embedded database', { timeout: 240_000 }, () => {
  test('is told from one that is not there', async () => {
    const target = embeddedTarget(join(folder, 'nothing'), database);
    const unreachable = { code: 'unreachable', exitCode: 3, hint: expect.stringContaining('make demo') };
    await expect(target.status(run.signal)).rejects.toMatchObject(unreachable);
    await expect(
      target.connect({ operation: 'x', access: 'read', signal: run.signal }),
    ).rejects.toMatchObject(unreachable);
    expect(existsSync(join(folder, 'nothing'))).toBe(false);
    await expect(
      createBackup(portsFor('other'), policy, { note: '', reason: 'manual' }, run),
    ).rejects.toMatchObject({
      code: 'unreachable',
    });
  });

  test('is backed up with every table, the empty ones too, and proven to the letter', async () => {
    const { set } = await createBackup(ports, policy, { note: 'first', reason: 'manual' }, run);
    const rows = await rowsOf();
    expect(rows).toMatchObject({ 'public.users': 40, 'public.texts': 4, 'Odd "schema".no rows': 0 });
    const listed = set.manifest.tables.map((table) => [`${table.schema}.${table.name}`, table.rows]);
    expect(Object.fromEntries(listed)).toEqual(rows);
    expect(set.manifest).toMatchObject({ container: null, database, roles: ['app_owner', 'postgres'] });

    const [first] = await ports.store.list();
    expect(first?.id).toBe(set.id);
    expect(await verifyBackup(ports, { backup: 'latest', deep: true }, run)).toMatchObject({
      level: 'contents',
      warnings: [],
    });
    expect(await digestOf()).toBe(set.manifest.content_digest);
  });

  test.each(someOf(['gzip', 'zstd'] as const, 1))(
    'is backed up as %s, packed in this process',
    async (format) => {
      const own = { ...ports, store: folderStore(join(folder, format), systemClock) };
      const { set } = await createBackup(own, { ...policy, format }, { note: '', reason: 'manual' }, run);
      await execa(format, ['-t', join(folder, format, set.dataFile)]);
      const proof = await verifyBackup(own, { backup: set.id, deep: true }, run);
      expect(proof).toMatchObject({ level: 'contents', warnings: [] });
    },
  );

  test.each(['custom', 'directory'] as const)('is not backed up as %s: nothing is made', async (format) => {
    const before = await ports.store.list();
    const backUp = createBackup(ports, { ...policy, format }, { note: '', reason: 'manual' }, run);
    await expect(backUp).rejects.toMatchObject({
      code: 'refused',
      message: `An embedded database cannot be backed up in ${format} format.`,
      hint: expect.stringContaining('plain, gzip or zstd'),
    });
    expect(await ports.store.list()).toEqual(before);
  });

  test('is cleared but for its migrations, brought back by undo, and restored from the file', async () => {
    const digest = await digestOf();
    const dry = await clearDatabase(ports, policy, { ...clearing, dryRun: true }, run);
    expect(dry).toMatchObject({ outcome: 'dry-run', backup: null });
    expect(await digestOf()).toBe(digest);

    const cleared = await clearDatabase(ports, policy, clearing, run);
    expect(cleared.outcome).toBe('cleared');
    expect(cleared.blockedMs).toBeLessThan(rounds(3000, 300));
    const left = Object.entries(await rowsOf()).filter(([, rows]) => rows > 0);
    expect(left).toEqual([['public.schema_migrations', 2]]);

    const status = await readStatus(ports, run);
    expect(status.target).toMatchObject({
      state: 'embedded',
      exists: true,
      sessions: 0,
      leftovers: [],
      undoPoint: { operation: 'clear' },
    });

    await undoLast(ports, policy, { confirm: database, allow }, run);
    expect(await digestOf()).toBe(digest);
    await undoLast(ports, policy, { confirm: database, allow }, run);
    expect((await rowsOf())['public.users']).toBe(0);

    const restored = await restoreBackup(ports, policy, restoring, run);
    expect(restored.outcome).toBe('restored');
    expect(await digestOf()).toBe(digest);
    const settings = await connected((connection) => connection.live());
    expect(settings?.settings).toMatchObject({
      comment: "the team's",
      settings: expect.arrayContaining(['TimeZone=Europe/Berlin']),
    });
    // What an undo put aside may have been worked on since its backup, so it is not dropped for that backup's sake.
    expect(restored.keptUndoPoints).toHaveLength(1);
    expect(await dataFolders()).toBe(4); // the live one, two undo points, the template
  });

  test('is looked at by a dry run, which changes nothing', async () => {
    const catalog = await readFile(join(dataFolder, 'catalog.json'), 'utf8');
    const result = await restoreBackup(
      ports,
      policy,
      { ...restoring, confirm: undefined, dryRun: true },
      run,
    );
    expect(result).toMatchObject({ outcome: 'dry-run', changes: [] });
    const [before, after] = [
      JSON.parse(catalog),
      JSON.parse(await readFile(join(dataFolder, 'catalog.json'), 'utf8')),
    ];
    expect(after.databases).toEqual(before.databases);
  });

  test('says that the disk is full where there is no room for another database, of bytes or of files', async () => {
    await using disk = await smallDisk(300, 'tmpfs', 6000);
    const full = join(disk.folder, 'database');
    await execa('cp', ['-a', dataFolder, full]);
    const there = { ...ports, target: embeddedTarget(full, database) };
    const databases = await readdir(full);
    for (const [fill, said] of [
      [() => disk.leaveBytes(25_000_000), '25.0 MB free'],
      [() => disk.leaveFiles(300), 'making a new database was given up'],
    ] as const) {
      fill();
      const look = { ...restoring, confirm: undefined, dryRun: true };
      await expect(restoreBackup(there, policy, look, run)).rejects.toMatchObject({
        code: 'disk-full',
        message: expect.stringContaining(said),
      });
      expect(await readdir(full)).toEqual(databases);
    }
  });

  test('is restored beside, under a name that was free', async () => {
    const into = { ...restoring, confirm: undefined, into: 'a_look' };
    expect(await restoreBackup(ports, policy, into, run)).toMatchObject({
      outcome: 'restored-beside',
      database: 'a_look',
    });
    expect(await connected((connection) => connection.exists('a_look'))).toBe(true);
    expect(await connected((connection) => connection.exists('another'))).toBe(false);
    expect(await digestOf('a_look')).toBe(await digestOf());
    await expect(restoreBackup(ports, policy, into, run)).rejects.toMatchObject({ code: 'refused' });
  });

  test('is restored where there is no live database, with the roles that it needs', async () => {
    const fresh = portsFor('fresh');
    const [set] = await ports.store.list();
    if (set?.state !== 'complete') throw new Error('there is no complete backup');
    const request = {
      ...restoring,
      backup: set.id,
      confirm: 'fresh',
      allow: { ...allow, otherCluster: true },
    };
    await expect(restoreBackup(fresh, policy, request, run)).rejects.toMatchObject({
      message: expect.stringContaining('app_owner'),
    });
    const result = await restoreBackup(fresh, policy, { ...request, createRoles: true }, run);
    expect(result).toMatchObject({ outcome: 'restored', undoPoint: null, safetyBackup: null });
    expect(await digestOf('fresh')).toBe(set.manifest.content_digest);
  });

  test('loads rows from COPY, leaves owners out where asked, and stops at the first error', async () => {
    const dump = (body: string): Readable => Readable.from([Buffer.from(body)]);
    await connected(async (connection) => {
      const settings = (await connection.live())?.settings;
      if (settings === undefined) throw new Error('no live database');
      const options = {
        signal: run.signal,
        extensions: [],
        schemas: ['public'],
        withoutOwners: true,
        withoutPolicies: false,
        jobs: 1,
      };
      await using shadow = await connection.createShadow({ purpose: 'scratch', settings });
      const long = Array.from({ length: 50_000 }, (_, n) => `${n}\tline ${n}\\nnext\n`).join('');
      const sql = `CREATE TABLE public.t (id int, body text);\nALTER TABLE public.t OWNER TO nobody_known;\nGRANT ALL ON TABLE public.t TO nobody_known;\nCOPY public.t (id, body) FROM stdin;\n${long}\\.\n`;
      const bytes = Buffer.from(sql);
      const pieces = Array.from({ length: Math.ceil(bytes.length / 60_001) }, (_, n) =>
        bytes.subarray(n * 60_001, (n + 1) * 60_001),
      );
      await shadow.load(Readable.from(pieces), options);
      expect(await shadow.rows()).toMatchObject([{ name: 't', rows: 50_000 }]);
      await expect(
        shadow.load(dump('CREATE TABLE public.t2 ();\nSELECT 1/0;\nCREATE TABLE public.t3 ();\n'), options),
      ).rejects.toMatchObject({
        code: 'restore-failed',
        message: 'The SQL of the backup failed: division by zero.',
      });
      // As it stands it would be waited for on stdin, for ever.
      await expect(
        shadow.load(dump('COPY public.t FROM stdin /* x */;\n\\.\n'), options),
      ).rejects.toMatchObject({ code: 'restore-failed' });
    });
  });

  test('gives up when told to, and leaves nothing behind', async () => {
    const folders = await dataFolders();
    const stop = new AbortController();
    const signal = stop.signal;
    const onProgress = ({ phase }: { phase: string }): void => {
      if (phase === 'Restoring') stop.abort();
    };
    await expect(restoreBackup(ports, policy, restoring, { signal, onProgress })).rejects.toThrow();
    expect(await dataFolders()).toBe(folders);
  });

  test('is left whole by a process that is killed in the middle of a restore', async () => {
    const digest = await digestOf();
    await killedDuring('Building indexes');
    const status = await embeddedTarget(dataFolder, database).status(run.signal);
    expect(status.leftovers).toHaveLength(1);
    const { repairs, target } = await readStatus(ports, run);
    expect(repairs.join(' ')).toMatch(/unfinished database .*kubegram_shadow_\w+ was removed/);
    expect(target?.leftovers).toEqual([]);
    expect(await digestOf()).toBe(digest);
  });

  test('is busy for a second process', async () => {
    const child = restoreInChild('Looking at the database', 'wait');
    await once(child.stdout, 'data');
    try {
      const request = { operation: 'backup', access: 'read', signal: run.signal } as const;
      await expect(ports.target.connect(request)).rejects.toMatchObject({ code: 'busy', exitCode: 5 });
      await expect(createBackup(ports, policy, { note: '', reason: 'manual' }, run)).rejects.toMatchObject({
        exitCode: 5,
      });
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  });

  test('is there whole or not at all', async () => {
    const folders = await dataFolders();
    const sql = 'CREATE TABLE t (id int); SELECT 1/0;';
    await expect(createEmbeddedDatabase(dataFolder, 'broken', sql)).rejects.toMatchObject({
      code: 'failed',
      message: 'The SQL of the new database failed: division by zero.',
    });
    await expect(createEmbeddedDatabase(dataFolder, database, sql)).rejects.toMatchObject({
      code: 'refused',
    });
    expect(await connected((connection) => connection.exists('broken'))).toBe(false);
    expect(await dataFolders()).toBe(folders);
  });

  test('says so where its catalog is damaged, and touches nothing', async () => {
    const path = join(dataFolder, 'catalog.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.slice(0, 40));
    await expect(ports.target.status(run.signal)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('catalog.json cannot be read'),
    });
    await writeFile(path, text);
  });

  test('refuses a dump that would lose a line', async () => {
    await execute(`INSERT INTO public.texts VALUES (5, E'before\\n\\\\restrict me\\nafter')`);
    await expect(createBackup(ports, policy, { note: '', reason: 'manual' }, run)).rejects.toMatchObject({
      code: 'dump-failed',
      message: expect.stringContaining('\\restrict'),
    });
    await execute('DELETE FROM public.texts WHERE id = 5');
  });
});

/** A real process that restores, and that says when it has come to a phase. */
function restoreInChild(phase: string, then: 'die' | 'wait') {
  const program = `
    import { systemClock } from './src/app/clock.ts';
    import { embeddedTarget } from './src/database/embedded/embedded-target.ts';
    import { restoreBackup } from './src/operations/restore.ts';
    import { folderStore } from './src/store/folder-store.ts';
    import { writeSync } from 'node:fs';
    const { backups, dataFolder, database, policy, request, phase, then } = JSON.parse(process.argv[1]);
    let seen = false;
    const onProgress = (progress) => {
      if (seen || progress.phase !== phase) return;
      seen = true;
      writeSync(1, phase);
      if (then === 'die') process.kill(process.pid, 'SIGKILL');
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    };
    const ports = { store: folderStore(backups, systemClock), clock: systemClock, target: embeddedTarget(dataFolder, database) };
    await restoreBackup(ports, policy, request, { signal: new AbortController().signal, onProgress });`;
  const settings = {
    backups: join(folder, 'backups'),
    dataFolder,
    database,
    policy,
    request: restoring,
    phase,
    then,
  };
  const args = ['--input-type=module-typescript', '--eval', program, JSON.stringify(settings)];
  return spawn(process.execPath, args, { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function killedDuring(phase: string): Promise<void> {
  const child = restoreInChild(phase, 'die');
  child.stdout.resume();
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
}
