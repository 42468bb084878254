import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { writeMarker } from '../../src/database/postgres/marker.ts';
import { newOwnName } from '../../src/database/postgres/names.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { readStatus } from '../../src/operations/status.ts';
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
import { openSession } from '../support/open-session.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';

const server = { database: 'postgres' };
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

const strangeNames = [
  ['63 bytes', 'a'.repeat(63)],
  ['63 bytes in longer characters', `${'é'.repeat(31)}x`],
  ['odd characters', `My "db" = 'x' %s \\ ; --`],
  ['a line end', 'two\nlines'],
] as const;

describeWithDocker('what dead operations leave, postgres:17', () => {
  let postgres: TestContainer;
  let ports: DockerPorts;

  beforeAll(async () => {
    postgres = await startPostgres({ major: 17, database: 'app' });
    await postgres.sql('CREATE TABLE t AS SELECT generate_series(1, 10) AS id');
    ports = await dockerPorts(postgres, 'app');
  });
  beforeEach(async () => {
    for (const name of await beside()) await postgres.sql(`DROP DATABASE ${quoted(name)}`, server);
  });
  afterAll(async () => {
    await ports?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  async function beside(): Promise<string[]> {
    const names = await postgres.sql(
      `SELECT coalesce(json_agg(datname), '[]') FROM pg_database WHERE datname ~ '__kubegram_'`,
      server,
    );
    return JSON.parse(names) as string[];
  }

  const oidOf = async (name: string) =>
    Number(await postgres.sql(`SELECT oid FROM pg_database WHERE datname = ${literal(name)}`, server));

  async function comment(name: string, text: string): Promise<void> {
    await postgres.sql(`COMMENT ON DATABASE ${quoted(name)} IS ${literal(text)}`, server);
  }

  /** What an operation leaves that is killed with its shadow half made. */
  async function leave(
    purpose: 'shadow' | 'scratch',
    content = 'CREATE TABLE half (id int)',
  ): Promise<string> {
    const name = newOwnName('app', purpose);
    await postgres.createDatabase(name);
    await postgres.sql(content, { database: name });
    await comment(name, writeMarker({ kind: purpose, of: 'app', oid: await oidOf(name) }));
    return name;
  }

  const backUp = (to: DockerPorts) => createBackup(to, policy, { note: '', reason: 'manual' }, quietRun());

  test.each<[string, () => Promise<string[]>]>([
    [
      'a change',
      async () => {
        await using connection = await connectTo(ports);
        return [...connection.repairs];
      },
    ],
    ['a backup', async () => (await backUp(ports)).repairs],
    ['a look at the status', async () => (await readStatus(ports, quietRun())).repairs],
  ])('%s puts shadows, scratch databases and fences in order', async (_what, next) => {
    await leave('shadow');
    await leave('scratch');
    const half = newOwnName('app', 'shadow'); // killed between CREATE and the marker
    await postgres.createDatabase(half);
    const fence = await leave('shadow');
    const before = {
      kind: 'fence',
      of: 'app',
      oid: await oidOf(fence),
      liveOid: await oidOf('app'),
    } as const;
    await comment(fence, writeMarker({ ...before, liveAllowed: true, before: null }));
    await postgres.sql('ALTER DATABASE app ALLOW_CONNECTIONS false', server);

    const repairs = await next();
    expect(repairs).toHaveLength(4);
    expect(repairs.join(' ')).toContain('app accepts connections again');
    expect(await beside()).toEqual([]);
    expect(await postgres.sql('SELECT count(*) FROM t')).toBe('10');
  });

  test('a drop that was cut short is finished', async () => {
    const name = await leave('shadow');
    await postgres.sql(`UPDATE pg_database SET datconnlimit = -2 WHERE datname = ${literal(name)}`, server);
    await using _connection = await connectTo(ports);
    expect(await beside()).toEqual([]);
  });

  test('a database of the user that looks like ours is never touched', async () => {
    const filled = newOwnName('app', 'shadow');
    const routine = newOwnName('app', 'shadow');
    const putAside = newOwnName('app', 'undo');
    const commented = newOwnName('app', 'scratch');
    const copied = newOwnName('app', 'shadow');
    const all = [filled, routine, putAside, commented, copied];
    for (const name of all) await postgres.createDatabase(name);
    await postgres.sql('CREATE TABLE mine (id int)', { database: filled });
    await postgres.sql('CREATE FUNCTION mine() RETURNS int LANGUAGE sql RETURN 1', { database: routine });
    await comment(commented, 'mine');
    const marker = { of: 'app', oid: await oidOf(filled) }; // of another database
    await comment(copied, writeMarker({ kind: 'shadow', ...marker }));
    {
      await using connection = await connectTo(ports);
      expect(await connection.undoPoints()).toEqual([]);
    }
    expect((await readStatus(ports, quietRun())).target).toMatchObject({ exists: true, undoPoint: null });
    await backUp(ports);
    expect((await beside()).sort()).toEqual(all.sort());
  });

  test('sessions of a dead operation are ended, others are not', async () => {
    await using orphan = await openSession(postgres, 'SELECT 1', { name: 'kubegram-work 0123456789ab' });
    await using look = await openSession(postgres, 'SELECT 1', { name: 'kubegram-look 0123456789ac' });
    await using other = await dockerPorts(postgres, 'postgres');
    await using busy = await connectTo(other, 'read');
    const { stream, finished } = busy.dump(new AbortController().signal, policy);
    const dumped = Array.fromAsync(stream);
    await using connection = await connectTo(ports);
    await Promise.all([dumped, finished]);
    expect([...busy.repairs, ...connection.repairs]).toEqual([
      '1 session(s) of an interrupted operation were ended.',
    ]);
    const left = await postgres.sql(
      `SELECT application_name FROM pg_stat_activity WHERE application_name IN ('${orphan.name}', '${look.name}')`,
    );
    expect(left).toBe(look.name);
  });

  test('a second folder waits its turn; another target of the same server does not', async () => {
    await using second = await dockerPorts(postgres, 'app');
    await postgres.createDatabase('other');
    await postgres.sql('CREATE TABLE o AS SELECT 1 AS id', { database: 'other' });
    await using other = await dockerPorts(postgres, 'other');
    {
      await using held = await connectTo(ports);
      const live = await held.live();
      if (live === null) throw new Error('no live database');
      await using shadow = await held.createShadow({ purpose: 'shadow', settings: live.settings });
      const busy = await failureOf(backUp(second));
      expect(busy).toMatchObject({ code: 'busy', message: expect.stringContaining('app') });
      expect(await readStatus(second, quietRun())).toMatchObject({ repairs: [], target: { leftovers: [] } });
      await clear(other);
      await undo(other);
      expect(await beside()).toContain(shadow.name);
    }
    await backUp(second);
    await using reader = await connectTo(ports, 'read');
    await backUp(second);
    expect(await failureOf(clear(second))).toMatchObject({ code: 'busy' });
    await reader[Symbol.asyncDispose]();
    await postgres.sql('DROP DATABASE other', server);
  });

  test('status tells of a database that is not there', async () => {
    await using missing = await dockerPorts(postgres, 'not there');
    const status = await readStatus(missing, quietRun());
    expect(status).toMatchObject({
      unreachable: null,
      target: { exists: false, tables: [], undoPoint: null },
    });
    expect(await failureOf(backUp(missing))).toMatchObject({ code: 'unreachable' });
    expect(await failureOf(clear(missing))).toMatchObject({ code: 'unreachable' });
    expect(await failureOf(undo(missing))).toMatchObject({ code: 'refused' });
  });

  test.each(someOf(strangeNames, 1))('a name of %s goes round', async (_what, name) => {
    await postgres.createDatabase(name);
    await postgres.sql('CREATE TABLE t AS SELECT generate_series(1, 5) AS id', { database: name });
    await using named = await dockerPorts(postgres, name);
    const rows = () => postgres.sql('SELECT count(*) FROM t', { database: name });
    const { set } = await backUp(named);
    expect(set.manifest.database).toBe(name);
    await clear(named);
    expect(await rows()).toBe('0');
    await undo(named);
    expect(await rows()).toBe('5');
    await postgres.sql('DELETE FROM t', { database: name });
    await restore(named);
    expect(await rows()).toBe('5');
    for (const one of await beside()) expect(Buffer.byteLength(one)).toBeLessThanOrEqual(63);
    const fence = newOwnName(name, 'shadow');
    await postgres.createDatabase(fence);
    await comment(
      fence,
      writeMarker({
        kind: 'fence',
        of: name,
        oid: await oidOf(fence),
        liveOid: await oidOf(name),
        liveAllowed: true,
        before: null,
      }),
    );
    await postgres.sql(`ALTER DATABASE ${quoted(name)} ALLOW_CONNECTIONS false`, server);
    expect((await readStatus(named, quietRun())).repairs).toHaveLength(1);
    expect(await rows()).toBe('5');
    await postgres.sql(`DROP DATABASE ${quoted(name)}`, server);
    expect(await withoutDebris(postgres)).toEqual([]);
  });

  test('a name that the server would cut is refused', async () => {
    expect(await failureOf(dockerPorts(postgres, 'a'.repeat(64)))).toMatchObject({ code: 'configuration' });
    await backUp(ports);
    for (const into of ['a'.repeat(64), '', newOwnName('app', 'shadow')]) {
      expect(await failureOf(restore(ports, { into }))).toMatchObject({ code: 'refused' });
    }
  });
});
