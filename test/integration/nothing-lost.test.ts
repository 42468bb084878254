import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Target } from '../../src/core/ports/target.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { clearDatabase } from '../../src/operations/clear.ts';
import { deleteBackup } from '../../src/operations/manage.ts';
import { restoreBackup } from '../../src/operations/restore.ts';
import type { Run } from '../../src/operations/run.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import {
  clear,
  clearRequest,
  type DockerPorts,
  debris,
  dockerPorts,
  failureOf,
  policy,
  quietRun,
  restore,
  restoreRequest,
  undo,
} from '../support/docker-ports.ts';
import { majors } from '../support/majors.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';
import { sqlNow } from '../support/sql-now.ts';

for (const major of majors) {
  describeWithDocker(`what a later operation must not lose, postgres:${major}`, () => {
    let postgres: TestContainer;
    let databases = 0;

    beforeAll(async () => {
      postgres = await startPostgres({ major, database: 'postgres' });
    });
    afterAll(async () => {
      await postgres?.[Symbol.asyncDispose]();
    });

    async function fresh(sql: string, sized = (ports: DockerPorts): DockerPorts => ports) {
      const database = `app${++databases}`;
      await postgres.createDatabase(database);
      const run = (text: string) => postgres.sql(text, { database });
      await run(sql);
      return { database, sql: run, ports: sized(await dockerPorts(postgres, database)) };
    }

    /** Does something, and nothing else meanwhile, when the dump of an operation has been written. */
    function whenWritten(act: () => void): Run {
      let acted = false;
      const onProgress: Run['onProgress'] = ({ phase }) => {
        if (acted || phase !== 'Checking what was written') return;
        acted = true;
        act();
      };
      return { ...quietRun(), onProgress };
    }

    /** The same ports, whose database says that it is a large one: its emptied twin is built before the backup. */
    function asLarge(ports: DockerPorts): DockerPorts {
      const connect: Target['connect'] = async (request) => {
        const connection = await ports.target.connect(request);
        const live = async () => {
          const facts = await connection.live();
          return facts === null ? null : { ...facts, sizeBytes: 1e9 };
        };
        return { ...connection, live };
      };
      return { ...ports, target: { ...ports.target, connect } };
    }
    const sizes = [
      { size: 'small', sized: undefined },
      { size: 'large', sized: asLarge },
    ];

    test.each(someOf(sizes, 1))(
      'rows that came into a $size database after the backup are named, and their undo point stays',
      async ({ sized }) => {
        const { database, sql, ports } = await fresh(
          'CREATE TABLE t AS SELECT generate_series(1, 1000) AS id',
          sized,
        );
        await using _ports = ports;
        const late = 'INSERT INTO t SELECT generate_series(2001, 2005); UPDATE t SET id = -1 WHERE id = 1';
        const run = whenWritten(() => sqlNow(postgres.name, late, database));
        const first = await clearDatabase(ports, policy, clearRequest(ports), run);
        expect(first.warnings.join()).toMatch(/public\.t \([56]\).*undo/);

        await sql('INSERT INTO t VALUES (7)');
        const second = await clear(ports);
        expect(second.keptUndoPoints.map((point) => point.name)).toEqual([first.undoPoint?.name]);
        const put = await postgres.sql(
          'SELECT count(*) FROM t WHERE id > 2000',
          await opened(first.undoPoint?.name),
        );
        expect(put).toBe('5');
        expect(second.warnings).toEqual([]);
        expect(database).toBe(second.database);
      },
    );

    test('their undo point stays, too, where the clear was interrupted before it looked for them', async () => {
      const { database, sql, ports } = await fresh('CREATE TABLE t AS SELECT generate_series(1, 1000) AS id');
      await using _ports = ports;
      const interrupt = new AbortController();
      const written = whenWritten(() => sqlNow(postgres.name, 'INSERT INTO t VALUES (2001)', database));
      const onProgress: Run['onProgress'] = (progress) => {
        written.onProgress(progress);
        if (progress.phase === 'Tidying up') interrupt.abort(new Error('Ctrl-C'));
      };
      const run = { signal: interrupt.signal, onProgress };
      const first = await clearDatabase(ports, policy, clearRequest(ports), run);
      expect(first).toMatchObject({ outcome: 'cleared', undoPoint: { backupId: null } });

      await sql('INSERT INTO t VALUES (7)');
      const second = await clear(ports);
      expect(second.keptUndoPoints.map((point) => point.name)).toEqual([first.undoPoint?.name]);
      const put = 'SELECT count(*) FROM t WHERE id = 2001';
      expect(await postgres.sql(put, await opened(first.undoPoint?.name))).toBe('1');
    });

    test('what was written into a large object after the backup is named, and its undo point stays', async () => {
      const { database, sql, ports } = await fresh(
        "CREATE TABLE t AS SELECT lo_from_bytea(0, 'before') AS object",
      );
      await using _ports = ports;
      const late = "SELECT lo_put(object, 0, 'behind') FROM t";
      const run = whenWritten(() => sqlNow(postgres.name, late, database));
      const first = await clearDatabase(ports, policy, clearRequest(ports), run);
      expect(first.warnings.join()).toContain('pg_catalog.pg_largeobject (1)');
      expect(first.undoPoint?.backupId).toBeNull();
      await sql('INSERT INTO t VALUES (7)');
      const second = await clear(ports);
      expect(second.keptUndoPoints.map((point) => point.name)).toEqual([first.undoPoint?.name]);
      expect(second.undoPoint?.backupId).toBe(second.backup?.id);
    });

    test.each(someOf(sizes, 1))(
      'what hangs on a $size database itself is carried over as it is at the swap',
      async ({ sized }) => {
        const { database, sql, ports } = await fresh('CREATE TABLE t AS SELECT 1 AS id', sized);
        await using _ports = ports;
        const changes = `COMMENT ON DATABASE ${database} IS 'said meanwhile'; ALTER DATABASE ${database} SET work_mem = '7MB'`;
        const run = whenWritten(() => sqlNow(postgres.name, changes));
        await clearDatabase(ports, policy, clearRequest(ports), run);
        expect(await sql('SHOW work_mem')).toBe('7MB');
        const comment = `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '${database}'`;
        expect(await sql(comment)).toBe('said meanwhile');
      },
    );

    test.each(someOf(sizes, 1))(
      'the emptied twin of a $size database is built again where what stays has changed since',
      async ({ sized }) => {
        const { database, sql, ports } = await fresh(
          `CREATE TABLE alembic_version AS SELECT 'one' AS version_num;
        CREATE TABLE t AS SELECT 1 AS id`,
          sized,
        );
        await using _ports = ports;
        const rows = 'SELECT version_num FROM alembic_version ORDER BY 1';
        const migrated = whenWritten(() =>
          sqlNow(postgres.name, "INSERT INTO alembic_version VALUES ('two')", database),
        );
        await clearDatabase(ports, policy, clearRequest(ports), migrated);
        expect(await sql(rows)).toBe('one\ntwo');
        await sql('INSERT INTO t VALUES (2)');
        const altered = whenWritten(() =>
          sqlNow(postgres.name, 'ALTER TABLE t ADD COLUMN at date', database),
        );
        await clearDatabase(ports, policy, clearRequest(ports), altered);
        expect(await sql(`SELECT count(*), count(at) FROM t`)).toBe('0|0');
        expect(await debris(postgres)).toEqual([]);
      },
    );

    test('a clear whose backup fails leaves nothing of the emptied database that was begun beside it', async () => {
      const { sql, ports } = await fresh('CREATE TABLE t AS SELECT generate_series(1, 200000) AS id');
      await using _ports = ports;
      const small = { ...policy, maxBytes: 1000 };
      const failure = await failureOf(clearDatabase(ports, small, clearRequest(ports), quietRun()));
      expect(failure).toMatchObject({ code: 'refused' });
      expect(await sql('SELECT count(*) FROM t')).toBe('200000');
      expect(await debris(postgres)).toEqual([]);
    });

    async function opened(name = '') {
      await postgres.sql(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`, { database: 'postgres' });
      return { database: name };
    }

    test('an emptied database with another schema is not dropped as if it held nothing', async () => {
      const { sql, ports } = await fresh('CREATE TABLE t AS SELECT 1 AS id');
      await using _ports = ports;
      await clear(ports, { everything: true });
      await sql(
        'CREATE TABLE new_design (a int); CREATE FUNCTION precious() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      );
      await undo(ports);
      const { keptUndoPoints } = await clear(ports);
      expect(keptUndoPoints).toHaveLength(1);
    });

    test('clear, undo and clear again leave one undo point: what the first left held nothing', async () => {
      const { ports } = await fresh('CREATE TABLE t AS SELECT 1 AS id');
      await using _ports = ports;
      await clear(ports);
      await undo(ports);
      expect((await clear(ports)).keptUndoPoints).toEqual([]);
    });

    test('what somebody wrote on a backup goes on to the next with its content, whatever came between', async () => {
      const { sql, ports } = await fresh('CREATE TABLE t AS SELECT generate_series(1, 10) AS id');
      await using _ports = ports;
      const backUp = (note: string) => createBackup(ports, policy, { note, reason: 'manual' }, quietRun());
      const noted = await backUp('before the migration');
      await sql('INSERT INTO t VALUES (11)');
      await backUp('');
      await sql('DELETE FROM t WHERE id = 11');
      await backUp('');
      const sets = await ports.store.list();
      expect(sets.map(({ id }) => id)).not.toContain(noted.set.id);
      expect(sets.map((set) => set.state === 'complete' && set.manifest.note)).toEqual([
        'before the migration',
        '',
      ]);
    });

    test('a database that is suddenly tiny or empty is backed up with a warning, and pushes no full backup out', async () => {
      const { sql, ports } = await fresh('CREATE TABLE t AS SELECT generate_series(1, 1000) AS id');
      await using _ports = ports;
      const backUp = () =>
        createBackup(ports, { ...policy, keep: 1 }, { note: '', reason: 'manual' }, quietRun());
      const full = await backUp();
      expect(full.warnings).toEqual([]);
      await sql('DELETE FROM t WHERE id > 10');
      expect((await backUp()).warnings).toEqual([
        'The database has 10 rows where the backup before had 1000.',
      ]);
      await sql('DELETE FROM t');
      expect((await backUp()).warnings).toEqual([
        'The database has no rows. This backup pushes out no other one.',
      ]);
      expect((await ports.store.list()).map(({ id }) => id)).toContain(full.set.id);
      expect(await clear(ports)).toMatchObject({ outcome: 'nothing-to-clear', undoPoint: null });
    });

    test('after the wrong backup and then the right one, what was there before both is still backed up', async () => {
      const { sql, ports } = await fresh('CREATE TABLE t AS SELECT generate_series(1, 10) AS id');
      await using _ports = ports;
      const older = await createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
      await sql('INSERT INTO t VALUES (11)');
      const newer = await createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
      await sql('INSERT INTO t SELECT generate_series(12, 500)');
      const wrong = await restore(ports, { backup: older.set.id });
      await restore(ports, { backup: newer.set.id });
      const ids = (await ports.store.list()).map((set) => set.id);
      expect(ids).toContain(wrong.safetyBackup?.id);
    });

    test('clear --everything is not done before types and functions are gone', async () => {
      const { sql, ports } = await fresh("CREATE TYPE mood AS ENUM ('sad', 'happy')");
      await using _ports = ports;
      expect((await clear(ports, { everything: true })).outcome).toBe('cleared');
      expect(await sql("SELECT count(*) FROM pg_type WHERE typname = 'mood'")).toBe('0');
      expect((await clear(ports, { everything: true })).outcome).toBe('nothing-to-clear');
    });

    test('a sound set of another database stays guarded, also with --unverified', async () => {
      const { ports } = await fresh('CREATE TABLE t AS SELECT 1 AS id');
      await using _ports = ports;
      await createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
      const other = await fresh('CREATE TABLE u AS SELECT 1 AS id');
      await using _other = other.ports;
      const there = await dockerPorts(postgres, other.database, { folder: ports.folder });
      const [set] = await there.store.list();
      const request = restoreRequest(there, { backup: set?.id ?? '', unverified: true });
      const failure = await failureOf(restoreBackup(there, policy, request, quietRun()));
      expect(failure.code).toBe('refused');
      expect(await other.sql('SELECT count(*) FROM u')).toBe('1');
    });

    test('a proof that fails is taken back from the metadata', async () => {
      const { ports } = await fresh('CREATE TABLE t AS SELECT 1 AS id');
      await using _ports = ports;
      const { set } = await createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
      expect((await verifyBackup(ports, { backup: set.id, deep: true }, quietRun())).level).toBe('contents');
      const file = await open(join(ports.folder, set.dataFile), 'r+');
      await file.write('!', 100); // no character of the random key of \restrict, which lies there
      await file.close();
      expect((await failureOf(verifyBackup(ports, { backup: set.id, deep: false }, quietRun()))).code).toBe(
        'backup-unverified',
      );
      const [found] = await ports.store.list();
      expect(found?.state === 'complete' && found.manifest.verification.level).toBe('written');
      await deleteBackup(ports.store, set.id);
    });

    test('a restore without the roles it names leaves owners and grants out', async () => {
      const role = `gone_${databases}`;
      const { sql, ports } = await fresh(
        `CREATE ROLE ${role}; CREATE TABLE t AS SELECT 1 AS id; ALTER TABLE t OWNER TO ${role}; GRANT SELECT ON t TO ${role}`,
      );
      await using _ports = ports;
      await createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
      await sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      const refused = await failureOf(restore(ports, { safetyBackup: false }));
      expect(refused.message).toContain(role);
      await restore(ports, { withoutOwners: true, safetyBackup: false });
      expect(await sql("SELECT tableowner FROM pg_tables WHERE tablename = 't'")).toBe('postgres');
    });
  });
}
