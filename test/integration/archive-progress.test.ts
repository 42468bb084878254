import { afterAll, beforeAll, expect, test } from 'vitest';
import { dockerLauncher } from '../../src/database/docker/docker-launcher.ts';
import { archiveBytes } from '../../src/database/postgres/archive-dump.ts';
import { type AtWork, atWorkQuery, seenAtWork } from '../../src/database/postgres/archive-progress.ts';
import { postgresClient } from '../../src/database/postgres/client.ts';
import { freeRoom } from '../../src/database/postgres/free-room.ts';
import { readJson } from '../../src/database/postgres/read.ts';
import { startProcess } from '../../src/process/process.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { majors } from '../support/majors.ts';
import { describeWithDocker } from '../support/require-docker.ts';

for (const major of majors)
  describeWithDocker(`what postgres:${major} says of an archive`, () => {
    let server: TestContainer;
    const clientOf = () => postgresClient(dockerLauncher(startProcess, server.name, server.user, 1000));

    beforeAll(async () => {
      server = await startPostgres({ major, database: 'app' });
    });
    afterAll(() => server?.[Symbol.asyncDispose]());

    test('the rows that a COPY has, and how far an index is, are seen by their statements', async () => {
      await server.sql(`CREATE TABLE t (id int); CREATE TABLE filled AS SELECT n FROM generate_series(1, 9000) n;
        CREATE FUNCTION slow(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT n FROM pg_sleep(3 * (n / 9000))'`);
      const client = clientOf();
      const seen = async () =>
        seenAtWork(await readJson<AtWork>(client, 'postgres', atWorkQuery('app', `${major}.1`)));
      expect(await seen()).toEqual({ copies: [], builds: [] });
      const copy = startProcess(client.psql('app', ['--file', '-']));
      copy.stdin.write(`COPY public.t (id) FROM stdin;\n${'12345\n'.repeat(40_000)}`);
      const statement = 'COPY public.t (id) FROM stdin';
      await expect.poll(seen, { timeout: 20_000 }).toMatchObject({
        copies: [{ statement, bytes: expect.toSatisfy((bytes) => bytes > 100_000) }],
        builds: [],
      });
      copy.stdin.end('\\.\n');
      await copy.ended;
      // Three seconds for its last row.
      const build = startProcess(
        client.psql('app', ['--command', 'CREATE INDEX i ON public.filled USING btree (slow(n));']),
      );
      build.stdin.end();
      const building = {
        statement: 'CREATE INDEX i ON public.filled USING btree (slow(n))',
        share: expect.closeTo(0.4, 0),
      };
      await expect.poll(seen, { timeout: 20_000, interval: 100 }).toEqual({ copies: [], builds: [building] });
      expect((await build.ended).exitCode).toBe(0);
      await client.sessions.end();
    });

    test('how much there is of a directory that is not whole yet, and what room there is', async () => {
      const client = clientOf();
      expect(await archiveBytes(client)).toBe(0);
      const folder = `/tmp/kubegram-archive-${client.runId}-1`;
      await server.exec(['sh', '-c', `mkdir ${folder}; head -c 3000000 /dev/zero > ${folder}/part`]);
      expect(await archiveBytes(client)).toBeGreaterThan(2_900_000);
      const dataFolder = await server.sql('SHOW data_directory');
      const { data, archives, shared } = await freeRoom(client, dataFolder);
      // Its data are on a file system of their own here.
      expect(shared).toBe(false);
      for (const free of [data, archives]) expect(free).toBeGreaterThan(1_000_000);
      expect(await freeRoom(client, '/tmp')).toMatchObject({ shared: true });
      expect(await freeRoom(client, null)).toMatchObject({ data: null, shared: false });
      await client.sessions.end();
    });
  });
