import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { OperationError } from '../../src/core/errors.ts';
import type { Connection } from '../../src/core/ports/target.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import {
  clear,
  connectTo,
  type DockerPorts,
  dockerPorts,
  failureOf,
  policy,
  quietRun,
  restore,
  undo,
  withoutDebris,
} from '../support/docker-ports.ts';
import { majors } from '../support/majors.ts';
import { openSession } from '../support/open-session.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { rounds, someOf } from '../support/soak.ts';

const server = { database: 'postgres' };
const content = 'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100);';

for (const major of majors) {
  describeWithDocker(`the swap, postgres:${major}`, () => {
    let postgres: TestContainer;
    let ports: DockerPorts;

    beforeAll(async () => {
      postgres = await startPostgres({ major, database: 'app', args: ['-c', 'max_prepared_transactions=5'] });
      await postgres.sql('CREATE ROLE owner; CREATE ROLE grantor; CREATE ROLE "odd ""reader"');
    });
    beforeEach(async () => {
      for (const name of (await namesLike('app%')).split('\n')) {
        if (name !== '') await postgres.sql(`DROP DATABASE "${name}" WITH (FORCE)`, server);
      }
      await postgres.createDatabase('app');
      await postgres.sql(content);
      ports = await dockerPorts(postgres, 'app');
      return () => ports[Symbol.asyncDispose]();
    });
    afterAll(() => postgres?.[Symbol.asyncDispose]());

    const namesLike = (pattern: string) =>
      postgres.sql(`SELECT datname FROM pg_database WHERE datname LIKE '${pattern}' ORDER BY 1`, server);
    const undoNames = async () =>
      (await namesLike('%\\_\\_kubegram\\_undo\\_%')).split('\n').filter((name) => name !== '');
    const rows = () => postgres.sql('SELECT count(*) FROM t');
    const backUp = () => createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
    const controlPid = `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'kubegram-control%'`;

    async function builtShadow(connection: Connection) {
      const live = await connection.live();
      if (live === null) throw new Error('no live database');
      const shadow = await connection.createShadow({ purpose: 'shadow', settings: live.settings });
      const swap = () => connection.swap(shadow, { operation: 'restore' });
      return { shadow, swap };
    }

    /** Waits until the swap's fence is up. */
    async function fenced(): Promise<void> {
      const closed = `SELECT count(*) FROM pg_database WHERE datname = 'app' AND NOT datallowconn`;
      for (let tries = 0; tries < 100; tries += 1) if ((await postgres.sql(closed, server)) === '1') return;
      throw new Error('it was never fenced');
    }

    describe('tells what was written since a mark', () => {
      /** A swap after that; without a backup to compare with, every table that was looked through differs. */
      async function writtenSince(work: () => Promise<unknown>, settled = true) {
        await using connection = await connectTo(ports);
        const { shadow, swap } = await builtShadow(connection);
        if (settled) await shadow.applySettings();
        const mark = await connection.mark();
        await work();
        const { undoPoint } = await swap();
        const written = await connection.writtenSince(undoPoint, mark, []);
        return written.map((table) => `${table.name}: ${table.rows}`);
      }

      test('at once where nobody wrote anything on the server', async () => {
        expect(await writtenSince(async () => rows())).toEqual([]);
      });

      test.each([
        ['here', () => postgres.sql('INSERT INTO t VALUES (101)'), 't: 101'],
        [
          'in another database',
          () => postgres.sql('CREATE TABLE other (); DROP TABLE other', server),
          't: 100',
        ],
        ['and took it back', () => postgres.sql('BEGIN; INSERT INTO t VALUES (101); ROLLBACK'), 't: 100'],
      ])('by a look at all tables where somebody wrote %s', async (_where, work, found) => {
        expect(await writtenSince(work)).toEqual([found]);
      });

      test('by a look at all tables where a transaction was under way at the mark', async () => {
        await using _session = await openSession(postgres, 'BEGIN; INSERT INTO t VALUES (101)');
        expect(await writtenSince(async () => {})).toEqual(['t: 100']);
      });

      test('by a look at all tables where somebody was on the way in when the fence came, and wrote', async () => {
        const entering = [
          'env',
          'PGOPTIONS=-c post_auth_delay=1',
          'psql',
          '-X',
          '-U',
          'postgres',
          '-d',
          'app',
        ];
        let late: Promise<{ exitCode: number }> | undefined;
        const found = await writtenSince(async () => {
          late = postgres.exec([...entering, '-c', 'INSERT INTO t VALUES (101)']);
          await systemClock.sleep(400); // past the door, and not to be seen yet
        });
        expect(await late).toMatchObject({ exitCode: 0 });
        expect(found).toEqual(['t: 101']);
      });

      test('by a look at all tables where the settings are carried over meanwhile', async () => {
        expect(await writtenSince(async () => {}, false)).toEqual(['t: 100']);
      });
    });

    test('again and again under 6 clients that reconnect at once', async () => {
      await clear(ports);
      // A client on the wrong database would divide by zero.
      const script = `SELECT 1 / (current_database() = 'app')::int; SELECT pg_sleep(0.002);`;
      const loop = `cd /tmp; rm -f stop errors; echo "${script}" > script; for n in 1 2 3 4 5 6; do
        (until [ -e stop ]; do PGAPPNAME=eager pgbench -n -C -c 1 -T 1 -f script -U postgres app 2>&1 | grep -E "division|ERROR" >> errors; done) & done; wait`;
      const clients = postgres.exec(['bash', '-c', loop]);
      try {
        for (let swaps = 0; swaps < rounds(2, 10); swaps += 1) {
          const { blockedMs } = await undo(ports);
          expect(blockedMs).toBeGreaterThan(0);
          expect(blockedMs).toBeLessThan(rounds(9000, 2000));
          expect(await rows()).toBe(swaps % 2 === 0 ? '100' : '0');
        }
        const strays = `SELECT count(*) FROM pg_stat_activity a WHERE application_name = 'eager' AND datname <> 'app'`;
        expect(await postgres.sql(strays, server)).toBe('0');
        const settled = `SELECT count(DISTINCT datid) FROM pg_stat_activity WHERE application_name = 'eager'`;
        await expect.poll(() => postgres.sql(settled, server)).toBe('1');
      } finally {
        await postgres.exec(['touch', '/tmp/stop']);
        await clients;
      }
      expect((await postgres.exec(['cat', '/tmp/errors'])).stdout).not.toContain('division');
      expect(await undoNames()).toHaveLength(1);
      expect(await withoutDebris(postgres)).toEqual([]);
    });

    test('a session idle in a transaction is ended', async () => {
      await using idle = await openSession(postgres, 'BEGIN; DELETE FROM t');
      await clear(ports);
      expect(await rows()).toBe('0');
      await undo(ports);
      expect(await rows()).toBe('100');
      expect(
        await postgres.sql(`SELECT count(*) FROM pg_stat_activity WHERE application_name = '${idle.name}'`),
      ).toBe('0');
    });

    test('a prepared transaction made after the check leaves all as it was', async () => {
      await using connection = await connectTo(ports);
      const { swap } = await builtShadow(connection);
      await postgres.sql(`BEGIN; DELETE FROM t; PREPARE TRANSACTION 'late'`);
      try {
        const failure = await failureOf(swap());
        expect(failure).toMatchObject({ code: 'swap-failed', message: expect.stringContaining('prepared') });
      } finally {
        await postgres.sql(`ROLLBACK PREPARED 'late'`);
      }
      expect(await rows()).toBe('100');
      await connection[Symbol.asyncDispose]();
      expect(await namesLike('app%')).toBe('app');
    });

    test('a lock on the database ends the swap soon, and the database is open again', async () => {
      await using _holder = await openSession(
        postgres,
        `BEGIN; COMMENT ON DATABASE app IS 'not committed'`,
        server,
      );
      await using connection = await connectTo(ports);
      const { swap } = await builtShadow(connection);
      const started = performance.now();
      expect(await failureOf(swap())).toMatchObject({ code: 'swap-failed' });
      expect(performance.now() - started).toBeLessThan(9000);
      expect(await rows()).toBe('100');
      await connection[Symbol.asyncDispose]();
      expect(await namesLike('app%')).toBe('app');
    });

    test('a database that was replaced under us is not swapped', async () => {
      await using connection = await connectTo(ports);
      const { shadow, swap } = await builtShadow(connection);
      await postgres.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'app';
         ALTER DATABASE app RENAME TO app_was`,
        server,
      );
      await postgres.createDatabase('app');
      expect(await failureOf(swap())).toMatchObject({
        code: 'swap-failed',
        message: expect.stringMatching(/is not the (one|database)/),
      });
      await postgres.sql(`DROP DATABASE app; ALTER DATABASE app_was RENAME TO app`, server);
      expect(await rows()).toBe('100');
      await shadow[Symbol.asyncDispose]();
      expect(await namesLike('app%')).toBe('app');
    });

    test.each(someOf(['shadow', 'undo point'], 1))(
      'a server session that dies in the fence is repaired (%s)',
      async (kind) => {
        if (kind === 'undo point') await clear(ports);
        const kept = await undoNames();
        {
          await using holder = await openSession(postgres, `BEGIN; COMMENT ON DATABASE app IS 'no'`, server);
          await using connection = await connectTo(ports);
          const [point] = await connection.undoPoints();
          const swap =
            point === undefined ? (await builtShadow(connection)).swap : () => connection.undo(point);
          const failure = swap().catch((error: unknown) => error);
          await fenced();
          await postgres.sql(`SELECT pg_terminate_backend(pid) FROM (${controlPid}) x`, server);
          expect(await failure).toBeInstanceOf(OperationError);
          await connection[Symbol.asyncDispose]();
          await holder[Symbol.asyncDispose]();
        }
        await using next = await connectTo(ports);
        expect(next.repairs.join(' ')).toMatch(/accepts connections again/);
        expect(await rows()).toBe(kind === 'shadow' ? '100' : '0');
        expect(await undoNames()).toEqual(kept);
        expect(await next.undoPoints()).toHaveLength(kept.length);
        expect(await namesLike('%\\_shadow\\_%')).toBe('');
      },
    );

    test('what hangs on the database itself survives clear, restore and undo', async () => {
      await postgres.sql(
        `
        ALTER DATABASE app SET search_path = '';
        ALTER DATABASE app SET default_transaction_read_only = on;
        ALTER DATABASE app SET statement_timeout = '1ms';
        ALTER ROLE "odd ""reader" IN DATABASE app SET work_mem = '5MB';
        ALTER DATABASE app CONNECTION LIMIT 7;
        GRANT CREATE, CONNECT ON DATABASE app TO grantor WITH GRANT OPTION;
        SET ROLE grantor; GRANT CREATE ON DATABASE app TO "odd ""reader" WITH GRANT OPTION; RESET ROLE;
        SET ROLE "odd ""reader"; GRANT CREATE ON DATABASE app TO PUBLIC; RESET ROLE;
        ALTER DATABASE app OWNER TO owner;
        REVOKE ALL ON DATABASE app FROM owner;
        COMMENT ON DATABASE app IS 'kubegram-database-manager {"kind":"shadow","of":"a\u2028b\u2029c\r"}'`,
        server,
      );
      // Asked from beside: the database's own limit would end a pg_dump of the test's.
      const facts = () =>
        postgres.sql(
          `SELECT datdba, datcollate, datconnlimit, datallowconn, shobj_description(oid, 'pg_database'),
             ARRAY(SELECT a::text FROM unnest(coalesce(datacl, acldefault('d', datdba))) a ORDER BY 1),
             ARRAY(SELECT (setrole, setconfig)::text FROM pg_db_role_setting WHERE setdatabase = d.oid ORDER BY 1)
           FROM pg_database d WHERE datname = 'app'`,
          server,
        );
      const before = await facts();
      await backUp();
      await clear(ports);
      expect(await facts()).toEqual(before);
      await undo(ports);
      expect(await facts()).toEqual(before);
      await restore(ports, {});
      expect(await facts()).toEqual(before);
      await postgres.sql('DROP DATABASE app WITH (FORCE)', server);
      await restore(ports, {});
      expect(await facts()).toEqual(before);
      await postgres.sql('REVOKE ALL ON DATABASE app FROM PUBLIC, grantor, owner CASCADE', server);
      const bare = await facts();
      await clear(ports, { everything: true });
      expect(await facts()).toEqual(bare);
    });

    test('an older undo point goes where its backup verifies or it is empty, and stays otherwise', async () => {
      const { set } = await backUp();
      const first = await restore(ports, { backup: set.id, safetyBackup: false });
      expect(first.undoPoint?.backupId).toBeNull();
      const second = await restore(ports, { backup: set.id, safetyBackup: false });
      expect(second.keptUndoPoints.map(({ name }) => name)).toEqual([first.undoPoint?.name]);
      for (const point of second.keptUndoPoints) await postgres.sql(`DROP DATABASE "${point.name}"`, server);

      await postgres.sql('INSERT INTO t VALUES (1000)');
      const third = await clear(ports);
      expect(third.keptUndoPoints).toHaveLength(1); // the second's has no backup of its own
      for (const point of third.keptUndoPoints) await postgres.sql(`DROP DATABASE "${point.name}"`, server);
      expect(third.undoPoint?.backupId).toBe(third.backup?.id);

      await postgres.sql('INSERT INTO t VALUES (2000)');
      const fourth = await clear(ports);
      expect(fourth.keptUndoPoints).toEqual([]);
      expect(await undoNames()).toEqual([fourth.undoPoint?.name]);

      await appendFile(join(ports.folder, fourth.backup?.dataFile ?? ''), 'x');
      await postgres.sql('INSERT INTO t VALUES (3000)');
      const fifth = await clear(ports);
      expect(fifth.keptUndoPoints.map(({ name }) => name)).toEqual([fourth.undoPoint?.name]);

      // What an undo puts aside has no backup; emptied, it is none that is missed.
      await undo(ports);
      const sixth = await restore(ports, { backup: fifth.backup?.id ?? '' });
      expect(sixth.keptUndoPoints.map(({ name }) => name)).toEqual([fourth.undoPoint?.name]);
    });
  });
}
