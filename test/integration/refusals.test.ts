import { renameSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Manifest } from '../../src/core/manifest.ts';
import type { CompleteSet } from '../../src/core/ports/store.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { clearDatabase } from '../../src/operations/clear.ts';
import type { Run } from '../../src/operations/run.ts';
import { readStatus } from '../../src/operations/status.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { startProcess } from '../../src/process/process.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { type DatabaseDigest, databaseDigest } from '../support/database-digest.ts';
import {
  clear,
  clearRequest,
  connectTo,
  type DockerPorts,
  dockerPorts,
  failureOf,
  filesIn,
  policy,
  quietRun,
  restore,
  undo,
  withoutDebris,
} from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';
import { sha256 } from '../support/store-sets.ts';

const server = { database: 'postgres' };
const CONTENT = `CREATE TABLE t (id int PRIMARY KEY, body text);
INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(1, 1000) n;
CREATE TABLE u (id int PRIMARY KEY REFERENCES t); INSERT INTO u VALUES (1);
SELECT lo_from_bytea(4711, 'a large object');`;

describeWithDocker('what is refused, postgres:17', () => {
  let postgres: TestContainer;
  let ports: DockerPorts;
  let set: CompleteSet;
  let before: DatabaseDigest;

  beforeAll(async () => {
    const args = ['-c', 'wal_level=logical', '-c', 'max_prepared_transactions=5'];
    postgres = await startPostgres({ major: 17, database: 'app', args });
    await postgres.sql(CONTENT);
    before = await databaseDigest(postgres, 'app');
  });
  beforeEach(async () => {
    ports = await dockerPorts(postgres, 'app');
    ({ set } = await createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun()));
    return () => ports[Symbol.asyncDispose]();
  });
  afterAll(() => postgres?.[Symbol.asyncDispose]());

  const dataPath = () => join(ports.folder, set.dataFile);
  const metadataPath = () => join(ports.folder, `${set.id}.json`);

  /** Nothing but what was there: in the server, and in the folder. */
  async function expectUnchanged(files: string[]): Promise<void> {
    expect(await databaseDigest(postgres, 'app')).toEqual(before);
    expect(await withoutDebris(postgres)).toEqual([]);
    expect(await postgres.sql(`SELECT count(*) FROM pg_database WHERE datname ~ '__kubegram_'`)).toBe('0');
    expect(await filesIn(ports)).toEqual(files);
  }

  async function describeAs(changes: Partial<Manifest>): Promise<void> {
    await writeFile(metadataPath(), JSON.stringify({ ...set.manifest, ...changes }), { mode: 0o600 });
  }

  /** Replaces the data, and makes the metadata vouch for it. */
  async function plant(change: (sql: string) => string): Promise<void> {
    const data = Buffer.from(change(await readFile(dataPath(), 'latin1')), 'latin1');
    await writeFile(dataPath(), data);
    await describeAs({ checksum: sha256(data), size_bytes: data.length });
  }

  const obstacles: [what: string, make: string, undo: string][] = [
    [
      'prepared transaction',
      `BEGIN; INSERT INTO t VALUES (0); PREPARE TRANSACTION 'it''s'`,
      `ROLLBACK PREPARED 'it''s'`,
    ],
    [
      'logical replication slot',
      `SELECT pg_create_logical_replication_slot('mine', 'pgoutput')`,
      `SELECT pg_drop_replication_slot('mine')`,
    ],
    [
      'subscription',
      `CREATE SUBSCRIPTION mine CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)`,
      `ALTER SUBSCRIPTION mine DISABLE; ALTER SUBSCRIPTION mine SET (slot_name = NONE); DROP SUBSCRIPTION mine`,
    ],
  ];
  test.each(someOf(obstacles, 2))('a live database with a %s', async (what, make, unmake) => {
    const files = await filesIn(ports);
    await postgres.sql(make);
    try {
      for (const work of [clear, restore]) {
        expect(await failureOf(work(ports))).toMatchObject({
          code: 'refused',
          message: expect.stringContaining(what),
        });
      }
    } finally {
      for (const part of unmake.split('; ')) await postgres.sql(part);
    }
    await expectUnchanged(files);
  });

  test('what the server lacks is listed before any SQL; roles are made on demand', async () => {
    const files = await filesIn(ports);
    await describeAs({ roles: ['postgres', 'absent "one"'] });
    expect(await failureOf(restore(ports))).toMatchObject({
      message: expect.stringContaining('"absent ""one"""'),
    });
    await describeAs({ extensions: [{ name: 'no_such', version: '1' }], tablespaces: ['fast'] });
    const needs = await failureOf(restore(ports));
    expect(needs.message).toMatch(/extension no_such.*tablespace fast/);
    await expectUnchanged(files);

    await describeAs({ roles: ['postgres', 'absent "one"'] });
    await restore(ports, { createRoles: true, into: 'beside' });
    expect(await postgres.sql(`SELECT rolcanlogin FROM pg_roles WHERE rolname = 'absent "one"'`)).toBe('f');
    await postgres.sql('DROP DATABASE beside', server);
    await postgres.sql(`DROP ROLE "absent ""one"""`);
  });

  test("production, the server's own database, another cluster, a taken name, no or a wrong confirmation", async () => {
    const files = await filesIn(ports);
    const production = { ...policy, production: true };
    expect(await failureOf(clearDatabase(ports, production, clearRequest(ports), quietRun()))).toMatchObject({
      code: 'refused',
      hint: expect.stringContaining('--allow-production'),
    });
    {
      await using own = await dockerPorts(postgres, 'postgres');
      for (const work of [clear, undo]) expect(await failureOf(work(own))).toMatchObject({ code: 'refused' });
    }
    for (const into of ['app', 'postgres', 'template0']) {
      expect(await failureOf(restore(ports, { into }))).toMatchObject({ code: 'refused' });
    }
    for (const confirm of [undefined, '', 'App', 'app ']) {
      expect(await failureOf(clear(ports, { confirm }))).toMatchObject({ code: 'confirmation-needed' });
      expect(await failureOf(restore(ports, { confirm }))).toMatchObject({ code: 'confirmation-needed' });
    }
    await describeAs({ system_identifier: '1' });
    const foreign = await failureOf(restore(ports));
    expect(foreign).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/: app in \S+, made 20.*; it would replace app in \S+\.$/),
      hint: expect.stringContaining('--allow-other-cluster'),
    });
    await expectUnchanged(files);
  });

  test('a shadow for which the server has no room', async () => {
    const files = await filesIn(ports);
    await describeAs({ database_size_bytes: 1e15 });
    expect(await failureOf(restore(ports))).toMatchObject({ code: 'disk-full' });
    await expectUnchanged(files);
  });

  const verifyDeeply = () => verifyBackup(ports, { backup: set.id, deep: true }, quietRun());

  // In front of the data, behind it, and where a statement of the dump's own is not yet ended.
  const canary = (path: string) => [
    `\\! touch ${path}\n`,
    `\\connect postgres\nCREATE TABLE canary ();\n`,
    `COPY public.t TO PROGRAM 'touch ${path}';\n`,
    `COPY public.t FROM PROGRAM 'touch ${path}';\n`,
    `SELECT 1 \\g |touch ${path}\n`,
    `\\o |touch ${path}\n`,
    `\\copy public.t to program 'touch ${path}'\n`,
    `DO $$ BEGIN EXECUTE 'COPY public.t TO PROGRAM ''touch ${path}'''; END $$;\n`,
  ];
  test('what no dump needs, planted in a set whose metadata vouches for it', async () => {
    const original = await readFile(dataPath(), 'latin1');
    const files = await filesIn(ports);
    for (const [number, line] of someOf([...canary('/tmp/canary').entries()], 4)) {
      const at = number % 2 === 0 ? 'CREATE TABLE public.t (' : '--\n-- Name: t t_pkey';
      await plant(() => original.replace(at, () => `${line}${at}`));
      expect(await readFile(dataPath(), 'latin1')).toContain(line);
      for (const work of someOf([restore, verifyDeeply], 1)) {
        expect(await failureOf(work(ports)), line).toMatchObject({
          code: 'refused',
          message: expect.stringMatching(/line \d+ holds/),
        });
      }
    }
    expect((await postgres.exec(['ls', '/tmp/canary'])).exitCode).not.toBe(0);
    await expectUnchanged(files);
    // In the data of a table it is data.
    await plant(() => original.replace('xxx\n', 'xxx\\\\! touch /tmp/canary\n'));
    await restore(ports, { into: 'beside' });
    expect(
      await postgres.sql(`SELECT count(*) FROM t WHERE body LIKE '%canary'`, { database: 'beside' }),
    ).toBe('1');
    await postgres.sql('DROP DATABASE beside', server);
  });

  test("SQL that fails in the middle, behind the large objects, says its line and the server's words", async () => {
    const files = await filesIn(ports);
    await plant((sql) => sql.replace(/^1000\t/m, '1\t'));
    const sql = await readFile(dataPath(), 'latin1');
    expect(sql.indexOf('lo_open')).toBeGreaterThan(0);
    expect(sql.indexOf('CONSTRAINT t_pkey PRIMARY')).toBeGreaterThan(sql.indexOf('lo_open'));
    for (const work of someOf([restore, verifyDeeply], 1)) {
      expect(await failureOf(work(ports))).toMatchObject({
        code: 'restore-failed',
        message: expect.stringMatching(
          /could not create unique index "t_pkey".* \(line \d+ of what was loaded\)/,
        ),
        hint: expect.stringMatching(/./),
      });
      await expectUnchanged(files);
    }
  });

  test('an encoding, a locale or a path for names that the dump needs and the server has not', async () => {
    const files = await filesIn(ports);
    const settings = set.manifest.database_settings;
    for (const lacking of [{ encoding: 'KLINGON' }, { locale: 'tlh_QO', ctype: 'tlh_QO' }]) {
      await describeAs({ database_settings: { ...settings, ...lacking } });
      expect(await failureOf(restore(ports, { into: 'beside' }))).toMatchObject({
        message: expect.stringMatching(/^Making the shadow database failed: .*(KLINGON|tlh_QO)/),
        hint: expect.stringMatching(/./),
      });
      await expectUnchanged(files);
    }
    // Names without a schema are found in nothing while a dump is loaded.
    await plant((sql) =>
      sql.replace('--\n-- Name: t t_pkey', () => 'CREATE INDEX loose ON t (body);\n--\n-- Name: t t_pkey'),
    );
    for (const work of someOf([restore, verifyDeeply], 1)) {
      expect(await failureOf(work(ports))).toMatchObject({
        code: 'restore-failed',
        message: expect.stringContaining('relation "t" does not exist'),
      });
    }
    await expectUnchanged(files);
  });

  const damages: [string, (data: Buffer) => Buffer][] = [
    ['cut', (data) => data.subarray(0, data.length - 100)],
    ['flipped', (data) => Buffer.from(data.map((byte, at) => (at === 3000 ? byte ^ 1 : byte)))],
    ['empty', () => Buffer.alloc(0)],
    ['foreign', () => Buffer.from('CREATE TABLE foreign_one (id int);\n')],
    ['zeroed', (data) => Buffer.alloc(data.length)],
    ['longer', (data) => Buffer.concat([data, Buffer.from('SELECT 1;\n')])],
    ['older', (data) => Buffer.from(data.toString('latin1').replace(/^1000\t.*\n/m, ''), 'latin1')],
  ];
  test('a file that is damaged or another, and rows that are not those of the metadata', async () => {
    const files = await filesIn(ports);
    const original = await readFile(dataPath());
    for (const [what, damage] of someOf(damages, 4)) {
      const data = damage(original);
      await writeFile(dataPath(), data);
      // One of another size is known for what it is without a look at its bytes.
      const sums = data.length === original.length ? `.*${sha256(data)}.*${set.manifest.checksum}` : '';
      for (const work of someOf([restore, verifyDeeply], 1)) {
        const failure = await failureOf(work(ports));
        expect(failure, what).toMatchObject({
          exitCode: 4,
          message: expect.stringMatching(new RegExp(sums)),
        });
      }
      if (what === 'flipped') continue;
      await plant((sql) => sql); // even where the metadata vouches for it
      expect(await failureOf(restore(ports)), what).toMatchObject({ exitCode: 4 });
      await describeAs({});
    }
    await writeFile(dataPath(), original);
    await describeAs({ tables: set.manifest.tables.map((table) => ({ ...table, rows: table.rows + 1 })) });
    expect(await failureOf(restore(ports))).toMatchObject({ code: 'restore-failed' });
    await expectUnchanged(files);
  });

  test('a file that changes between the check and its use', async () => {
    const files = await filesIn(ports);
    const original = await readFile(dataPath(), 'latin1');
    const changing: Run = {
      signal: new AbortController().signal,
      // The safety backup comes after the check: what it looks at first is where the file is replaced.
      onProgress: ({ phase }) => {
        if (phase !== 'Looking at the database') return;
        writeFileSync(`${dataPath()}.new`, original.replace('xxx\n', 'xxy\n'), 'latin1');
        renameSync(`${dataPath()}.new`, dataPath());
      },
    };
    const failure = await failureOf(restore(ports, { safetyBackup: true }, changing));
    expect(failure).toMatchObject({ code: 'backup-unverified' });
    expect((await filesIn(ports)).length).toBeGreaterThanOrEqual(files.length);
    await expectUnchanged(await filesIn(ports));
  });

  test('environment of the container that leads elsewhere does no harm', async () => {
    const env = {
      PGOPTIONS: '-c statement_timeout=1',
      PGTZ: 'Asia/Tokyo',
      PGDATESTYLE: 'German',
      PGDATABASE: 'nowhere',
      PGUSER: 'nobody',
      PGHOSTADDR: '192.0.2.1',
      PGPORT: '1',
      PGTARGETSESSIONATTRS: 'standby',
      PGCLIENTENCODING: 'LATIN1',
    };
    await using misled = await dockerPorts(postgres, 'app', {
      start: (invocation) => {
        const own = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
        const [exec, interactive, ...rest] = invocation.args;
        return exec === 'exec'
          ? startProcess({ ...invocation, args: [exec, interactive ?? '', ...own, ...rest] })
          : startProcess(invocation);
      },
    });
    const same = await createBackup(misled, policy, { note: '', reason: 'manual' }, quietRun());
    expect(same.set.manifest.content_digest).toBe(set.manifest.content_digest);
    await clear(misled);
    await undo(misled);
    expect(await databaseDigest(postgres, 'app')).toEqual(before);
    await postgres.sql(
      `SELECT format('DROP DATABASE %I', datname) FROM pg_database WHERE datname ~ '__kubegram_' \\gexec`,
      server,
    );
  });

  test('a role that owns its database and is no superuser', async () => {
    await postgres.sql('CREATE ROLE plain LOGIN CREATEDB; CREATE ROLE other', server);
    await postgres.sql('CREATE DATABASE owned OWNER plain', server);
    await postgres.sql(`SET ROLE plain; ${CONTENT}`, { database: 'owned' });
    await using plain = await dockerPorts(postgres, 'owned', { user: 'plain' });
    const backUp = () => createBackup(plain, policy, { note: '', reason: 'manual' }, quietRun());
    const owned = await databaseDigest(postgres, 'owned');
    await backUp();
    await verifyBackup(plain, { backup: 'latest', deep: true }, quietRun());
    await clear(plain);
    await undo(plain);
    await restore(plain);
    expect(await databaseDigest(postgres, 'owned')).toEqual(owned);

    // Our sessions are of the role that was named, not of one that the database gives to its applications.
    await postgres.sql('GRANT other TO plain', server);
    await postgres.sql('ALTER DATABASE owned SET role = other', server);
    await backUp();
    await clear(plain);

    await postgres.sql('SET ROLE postgres; CREATE TABLE secret ()', { database: 'owned' });
    const failure = await failureOf(backUp());
    expect(failure).toMatchObject({ code: 'dump-failed', hint: expect.stringContaining('DB_USER') });
    expect(failure.message).toMatch(/permission denied for table secret\.$/);
    await postgres.sql(
      `SELECT format('DROP DATABASE %I', datname) FROM pg_database WHERE datname ~ '__kubegram_|^owned$' \\gexec`,
      server,
    );
    await postgres.sql('DROP ROLE plain, other', server);
  });

  test('what only moves rows does not change the schema', async () => {
    await postgres.createDatabase('moved');
    const sql = (text: string) => postgres.sql(text, { database: 'moved' });
    await sql(`${CONTENT} CREATE MATERIALIZED VIEW seen AS SELECT * FROM t`);
    await using moved = await dockerPorts(postgres, 'moved');
    {
      await using connection = await connectTo(moved, 'read');
      const token = await connection.twinToken([]);
      await sql('TRUNCATE t, u; REFRESH MATERIALIZED VIEW seen; ANALYZE; CREATE TEMP TABLE mine (id int)');
      await sql('VACUUM FULL t; VACUUM FULL seen');
      expect(await connection.twinToken([])).toBe(token);
      await sql('ALTER TABLE t SET (fillfactor = 50)');
      const altered = await connection.twinToken([]);
      expect(altered).not.toBe(token);
      await sql('ALTER TABLE t SET (toast.autovacuum_enabled = false)');
      expect(await connection.twinToken([])).not.toBe(altered);
    }
    await withoutDebris(postgres);
    await postgres.sql('DROP DATABASE moved', server);
  });

  test.each([
    ['unix:///run/docker.sock', '', true],
    ['tcp://127.0.0.1:2375', '', true],
    ['', '', true],
    ['ssh://far', '', false],
    ['tcp://localhost.far:2375', '', false],
    ['', 'context "far": context not found', false],
  ])("an engine that Docker's context has at %j (%j): local is %j", async (out, complaint, local) => {
    const { target } = await dockerPorts(postgres, 'app', {
      folder: ports.folder,
      start: (invocation) =>
        invocation.args[0] === 'context'
          ? startProcess({ file: 'sh', args: ['-c', 'echo "$1"; echo "$2" >&2', 'sh', out, complaint] })
          : startProcess(invocation),
    });
    expect(await target.isLocal()).toBe(local);
  });

  test("nothing of ours sets off a login or event trigger of the user's", async () => {
    await postgres.createDatabase('watched');
    await postgres.sql(
      `${CONTENT}
      CREATE TABLE seen (at timestamptz DEFAULT now(), what text, who text);
      CREATE FUNCTION see() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.seen (what, who) VALUES (TG_EVENT, current_setting('application_name')); END $$;
      CREATE EVENT TRIGGER on_login ON login EXECUTE FUNCTION see();
      CREATE EVENT TRIGGER on_ddl ON ddl_command_start EXECUTE FUNCTION see();
      ALTER EVENT TRIGGER on_login ENABLE ALWAYS; ALTER EVENT TRIGGER on_ddl ENABLE ALWAYS;`,
      { database: 'watched' },
    );
    await using watched = await dockerPorts(postgres, 'watched');
    const seen = `SET event_triggers = off; SELECT coalesce(string_agg(who, ','), '') FROM seen WHERE who LIKE 'kubegram%'`;
    expect((await readStatus(watched, quietRun())).target?.exists).toBe(true);
    await clear(watched);
    expect(await postgres.sql(seen, { database: 'watched' })).toBe('');
    await undo(watched);
    await restore(watched);
    expect(await postgres.sql(seen, { database: 'watched' })).toBe('');
    await postgres.sql(
      `SELECT format('DROP DATABASE %I', datname) FROM pg_database WHERE datname ~ '__kubegram_|^watched$' \\gexec`,
      server,
    );
  });
});
