import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { UndoPoint } from '../../src/core/ports/database-facts.ts';
import type { Connection } from '../../src/core/ports/target.ts';
import { type Marker, writeMarker } from '../../src/database/postgres/marker.ts';
import { newOwnName } from '../../src/database/postgres/names.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import {
  connectTo,
  type DockerPorts,
  dockerPorts,
  failureOf,
  quietRun,
  undo,
} from '../support/docker-ports.ts';
import { majors } from '../support/majors.ts';
import { openSession } from '../support/open-session.ts';
import { describeWithDocker } from '../support/require-docker.ts';

const server = { database: 'postgres' };
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
const request = { operation: 'restore' } as const;

for (const major of majors) {
  describeWithDocker(`what gets in the way of a swap, postgres:${major}`, () => {
    let postgres: TestContainer;
    let ports: DockerPorts;

    beforeAll(async () => {
      const args = ['-c', 'wal_level=logical', '-c', 'max_prepared_transactions=5'];
      postgres = await startPostgres({ major, database: 'app', args });
      ports = await dockerPorts(postgres, 'app');
    });
    beforeEach(async () => {
      const drops = (await databases()).map(
        (name) => `ALTER DATABASE ${name} IS_TEMPLATE false; DROP DATABASE ${name} WITH (FORCE);`,
      );
      await postgres.sql(`${drops.join('\n')} CREATE DATABASE app TEMPLATE template0`, server);
      await postgres.sql('CREATE TABLE t AS SELECT generate_series(1, 100) AS id');
    });
    afterAll(async () => {
      await ports?.[Symbol.asyncDispose]();
      await postgres?.[Symbol.asyncDispose]();
    });

    /** Every database but the server's own. */
    async function databases(): Promise<string[]> {
      const names = `SELECT datname FROM pg_database WHERE datname !~ '^(postgres|template[01])$' ORDER BY 1`;
      return (await postgres.sql(names, server)).split('\n').filter((name) => name !== '');
    }
    const rows = (database = 'app') => postgres.sql('SELECT count(*) FROM t', { database });
    const oidOf = async (name: string) =>
      Number(await postgres.sql(`SELECT oid FROM pg_database WHERE datname = ${literal(name)}`, server));
    const isOpen = (name: string) =>
      postgres.sql(`SELECT datallowconn FROM pg_database WHERE datname = ${literal(name)}`, server);
    const commentOf = (name: string) =>
      postgres.sql(
        `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = ${literal(name)}`,
        server,
      );
    const mark = async (name: string, marker: Marker) =>
      postgres.sql(`COMMENT ON DATABASE ${name} IS ${literal(writeMarker(marker))}`, server);

    /** By the shell's own kill: not every image has a program of that name. */
    async function signalTo(pid: string, signal: 'STOP' | 'CONT'): Promise<void> {
      const { exitCode, stderr } = await postgres.exec(['sh', '-c', `kill -${signal} ${pid}`]);
      if (exitCode !== 0) throw new Error(`no ${signal} for ${pid}: ${stderr}`);
    }

    async function builtShadow(connection: Connection) {
      const live = await connection.live();
      if (live === null) throw new Error('no live database');
      const shadow = await connection.createShadow({ purpose: 'shadow', settings: live.settings });
      return { shadow, live, swap: () => connection.swap(shadow, request) };
    }

    /** Swaps an empty database in: what was live, with its rows and comment, is the undo point. */
    async function putAside(): Promise<UndoPoint> {
      await postgres.sql(`COMMENT ON DATABASE app IS 'the user''s own words'`, server);
      await using connection = await connectTo(ports);
      const { undoPoint } = await (await builtShadow(connection)).swap();
      await postgres.sql('CREATE TABLE t (id int)');
      return undoPoint;
    }

    /** What an operation leaves that is killed before its swap. */
    async function leave(name: string): Promise<string> {
      await postgres.createDatabase(name);
      await mark(name, { kind: 'shadow', of: 'app', oid: await oidOf(name) });
      return name;
    }

    test.each(['a shadow', 'an undo point'])(
      'a live database that is renamed inside the fence is open under its new name, and %s is what it was',
      async (incoming) => {
        const point = incoming === 'a shadow' ? undefined : await putAside();
        await using connection = await connectTo(ports);
        const points = await connection.undoPoints();
        const swap =
          point === undefined ? (await builtShadow(connection)).swap : () => connection.undo(point);
        // The lock keeps the swap's own rename waiting until this one is done.
        await using _mover = await openSession(
          postgres,
          `BEGIN; COMMENT ON DATABASE app IS 'held';
           \\echo it is open
           SET LOCAL statement_timeout = '10s';
           DO $$ BEGIN
             WHILE (SELECT datallowconn FROM pg_database WHERE datname = 'app') LOOP PERFORM pg_sleep(0.005); END LOOP;
           END $$;
           ALTER DATABASE app RENAME TO app_moved; COMMIT`,
          server,
        );
        expect(await failureOf(swap())).toMatchObject({
          code: 'swap-failed',
          exitCode: 1,
          message: 'The swap was refused: database "app" does not exist.',
          hint: expect.stringContaining('Try again'),
        });
        expect(await isOpen('app_moved')).toBe('t');
        expect(await rows('app_moved')).toBe(point === undefined ? '100' : '0');
        expect(await connection.undoPoints()).toEqual(points);
        await connection[Symbol.asyncDispose]();
        expect(await databases()).toEqual(['app_moved', ...points.map(({ name }) => name)].sort());
        await using next = await connectTo(ports);
        expect(next.repairs).toEqual([]);
      },
    );

    test('a session that does not end within 2 seconds ends the swap, and the database is open again', async () => {
      await using connection = await connectTo(ports);
      const { shadow, swap } = await builtShadow(connection);
      await using stuck = await openSession(postgres, 'SELECT 1');
      const pid = await postgres.sql(
        `SELECT pid FROM pg_stat_activity WHERE application_name = ${literal(stuck.name)}`,
        server,
      );
      await signalTo(pid, 'STOP');
      try {
        const started = performance.now();
        expect(await failureOf(swap())).toMatchObject({
          code: 'swap-failed',
          message: expect.stringContaining('did not end within 2 seconds'),
          hint: expect.stringContaining('end the sessions that hold it'),
        });
        expect(performance.now() - started).toBeLessThan(9000); // the limit of the swap itself is 10 s
        expect(await rows()).toBe('100');
        expect(await isOpen('app')).toBe('t');
      } finally {
        await signalTo(pid, 'CONT');
      }
      // What kept it is gone: the same shadow can be swapped in now.
      expect((await swap()).undoPoint).toMatchObject({ operation: 'restore', backupId: null });
      expect(await databases()).not.toContain(shadow.name);
    });

    test('a live database that is dropped before the swap is not made up for, and the shadow goes', async () => {
      await using connection = await connectTo(ports);
      const { swap } = await builtShadow(connection);
      await postgres.sql('DROP DATABASE app WITH (FORCE)', server);
      expect(await failureOf(swap())).toMatchObject({
        code: 'swap-failed',
        message: expect.stringContaining('is not the database any more'),
        hint: expect.stringContaining('Nothing was changed'),
      });
      await connection[Symbol.asyncDispose]();
      expect(await databases()).toEqual([]);
    });

    test("what was put under the shadow's name is neither swapped in nor dropped", async () => {
      await using connection = await connectTo(ports);
      const { shadow, swap } = await builtShadow(connection);
      await postgres.sql(`ALTER DATABASE ${shadow.name} RENAME TO shadow_was`, server);
      await postgres.createDatabase(shadow.name);
      await postgres.sql('CREATE TABLE t AS SELECT 1 AS id', { database: shadow.name });
      expect(await failureOf(swap())).toMatchObject({
        code: 'swap-failed',
        message: expect.stringContaining('is not the one that was built'),
      });
      await connection[Symbol.asyncDispose]();
      expect(await rows()).toBe('100');
      expect(await rows(shadow.name)).toBe('1');
    });

    test('a shadow whose name was taken meanwhile is not named, and goes', async () => {
      await using connection = await connectTo(ports);
      const { shadow, live } = await builtShadow(connection);
      await postgres.createDatabase('taken');
      await postgres.sql('CREATE TABLE t AS SELECT 1 AS id', { database: 'taken' });
      expect(await failureOf(connection.adopt(shadow, 'taken', live.settings))).toMatchObject({
        code: 'failed',
        exitCode: 1,
        message: 'Naming the database taken failed: database "taken" already exists.',
        hint: expect.stringContaining('npm run db:status'),
      });
      await connection[Symbol.asyncDispose]();
      expect(await databases()).toEqual(['app', 'taken']);
      expect(await rows('taken')).toBe('1');
    });

    test.each<[string, (point: UndoPoint) => Promise<unknown>]>([
      ['is gone', ({ name }) => postgres.sql(`DROP DATABASE ${name}`, server)],
      [
        'another swap is at work with',
        async ({ name, oid, at }) => {
          const before = { of: 'app', oid, at, operation: 'restore', backupId: null, comment: null } as const;
          const fence = { of: 'app', oid, liveOid: await oidOf('app'), liveAllowed: true } as const;
          await mark(name, { kind: 'fence', ...fence, before: { kind: 'undo', ...before } });
        },
      ],
      [
        'is marked as ours no more',
        ({ name }) => postgres.sql(`COMMENT ON DATABASE ${name} IS NULL`, server),
      ],
      [
        'is another one of that name',
        async ({ name }) => {
          await postgres.sql(`DROP DATABASE ${name}`, server);
          await postgres.createDatabase(name);
        },
      ],
    ])('an undo point that %s is not swapped in', async (_what, change) => {
      const point = await putAside();
      await using connection = await connectTo(ports);
      await change(point);
      const before = await databases();
      expect(await failureOf(connection.undo(point))).toMatchObject({
        code: 'refused',
        exitCode: 2,
        message: expect.stringContaining('no longer the one that was put aside'),
        hint: 'See what is there: npm run db:status',
      });
      expect(await databases()).toEqual(before);
      expect(await rows()).toBe('0');
    });

    test('an undo without a live database gives the one put aside its name, comment and connections back', async () => {
      await putAside();
      await postgres.sql('DROP DATABASE app', server);
      expect(await undo(ports, quietRun())).toMatchObject({ undoPoint: null, blockedMs: null, repairs: [] });
      expect(await databases()).toEqual(['app']);
      expect(await rows()).toBe('100');
      expect(await commentOf('app')).toBe("the user's own words");
    });

    test('an undo point that somebody has dropped already is no failure to drop', async () => {
      const point = await putAside();
      await using connection = await connectTo(ports);
      await postgres.sql(`DROP DATABASE ${point.name}`, server);
      await expect(connection.dropUndoPoint(point)).resolves.toBeUndefined();
      expect(await databases()).toEqual(['app']);
    });

    test("a database that was put under an undo point's name is not dropped", async () => {
      const point = await putAside();
      await using connection = await connectTo(ports);
      await postgres.sql(`DROP DATABASE ${point.name}`, server);
      await postgres.createDatabase(point.name);
      await postgres.sql('CREATE TABLE t AS SELECT 1 AS id', { database: point.name });
      expect(await failureOf(connection.dropUndoPoint(point))).toMatchObject({
        code: 'refused',
        message: `${point.name} is not the database that it was; it is left alone.`,
        hint: 'Look at it, and drop it by hand if it is not needed.',
      });
      expect(await rows(point.name)).toBe('1');
    });

    test('an undo point that a swap is fenced with is not dropped: the way to open the live one would go', async () => {
      const point = await putAside();
      await using connection = await connectTo(ports);
      const liveOid = await oidOf('app');
      await mark(point.name, {
        kind: 'fence',
        of: 'app',
        oid: point.oid,
        liveOid,
        liveAllowed: true,
        before: null,
      });
      expect(await failureOf(connection.dropUndoPoint(point))).toMatchObject({ code: 'refused' });
      expect(await databases()).toContain(point.name);
    });

    test('an undo point that was a template is dropped', async () => {
      await postgres.sql('ALTER DATABASE app IS_TEMPLATE true', server);
      const point = await putAside();
      await using connection = await connectTo(ports);
      await connection.dropUndoPoint(point);
      expect(await databases()).toEqual(['app']);
    });

    test('subscriptions in a leftover go without the slots of their publisher', async () => {
      await postgres.createDatabase('publisher');
      const slots = `SELECT string_agg(slot_name, ' ' ORDER BY slot_name) FROM pg_replication_slots WHERE slot_type = 'logical'`;
      await postgres.sql(
        `CREATE PUBLICATION p;
         SELECT pg_create_logical_replication_slot(name, 'pgoutput') FROM (VALUES ('idle'), ('busy')) x(name)`,
        { database: 'publisher' },
      );
      const leftover = await leave(newOwnName('app', 'shadow'));
      const from = `CONNECTION 'host=127.0.0.1 user=postgres dbname=publisher' PUBLICATION p WITH (connect = false,`;
      try {
        await postgres.sql(
          `SET client_min_messages = error;
         CREATE SUBSCRIPTION "an ""odd"" one" ${from} slot_name = idle);
         CREATE SUBSCRIPTION at_work ${from} slot_name = busy); ALTER SUBSCRIPTION at_work ENABLE`,
          { database: leftover },
        );
        const atWork = `SELECT active FROM pg_replication_slots WHERE slot_name = 'busy'`;
        await expect.poll(() => postgres.sql(atWork, server)).toBe('t');
        await using connection = await connectTo(ports);
        expect(connection.repairs).toEqual([`The unfinished database ${leftover} was removed.`]);
        expect(await databases()).toEqual(['app', 'publisher']);
        expect(await postgres.sql(slots, server)).toBe('busy idle');
        await expect.poll(() => postgres.sql(atWork, server)).toBe('f');
      } finally {
        await postgres.sql(`SELECT pg_drop_replication_slot(name) FROM (VALUES ('idle'), ('busy')) x(name)`, {
          database: 'publisher',
        });
      }
    });

    test('a leftover that cannot be dropped is named, the others go, and a later command drops it', async () => {
      const held = await leave(newOwnName('app', 'shadow'));
      const free = await leave(newOwnName('app', 'scratch'));
      await postgres.sql(`BEGIN; CREATE TABLE x (id int); PREPARE TRANSACTION 'held'`, { database: held });
      try {
        await using connection = await connectTo(ports);
        expect(connection.repairs).toHaveLength(2);
        expect(connection.repairs).toContain(`The unfinished database ${free} was removed.`);
        expect(connection.repairs).toContain(
          `The unfinished database ${held} could not be removed: database "${held}" is being used by prepared transactions.`,
        );
        expect(await databases()).toEqual(['app', held]);
      } finally {
        await postgres.sql(`ROLLBACK PREPARED 'held'`, { database: held });
      }
      await using next = await connectTo(ports);
      expect(next.repairs).toEqual([`The unfinished database ${held} was removed.`]);
    });

    test('a live database that let nobody in before an interrupted swap lets nobody in after its repair', async () => {
      const fence = await leave(newOwnName('app', 'shadow'));
      const oids = { oid: await oidOf(fence), liveOid: await oidOf('app') };
      await mark(fence, { kind: 'fence', of: 'app', ...oids, liveAllowed: false, before: null });
      await postgres.sql('ALTER DATABASE app ALLOW_CONNECTIONS false', server);
      await using connection = await connectTo(ports);
      expect(connection.repairs).toEqual(['An interrupted swap was taken back.']);
      expect(await isOpen('app')).toBe('f');
      expect(await databases()).toEqual(['app']);
    });
  });
}
