import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createBackup } from '../../src/operations/backup.ts';
import { startProcess } from '../../src/process/process.ts';
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
} from '../support/docker-ports.ts';
import { deafTo } from '../support/faulty-hearing.ts';
import { expectInvariants, lookBefore } from '../support/invariants.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { serverTraces } from '../support/server-traces.ts';
import { someOf } from '../support/soak.ts';

/** Against hanging alone: the machine may have much else to do. */
const limitMs = 300_000;
const isSwap = (text: string): boolean => text.includes('ALTER DATABASE %I RENAME TO %I');

describeWithDocker('what the server did and nobody heard', () => {
  let postgres: TestContainer;
  let ports: DockerPorts;

  beforeAll(async () => {
    postgres = await startPostgres({ database: 'postgres' });
  });
  beforeEach(async () => {
    await ports?.[Symbol.asyncDispose]();
    const names = `SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE datname ~ '^app' \\gexec`;
    await postgres.sql(names, { database: 'postgres' });
    await postgres.createDatabase('app');
    await postgres.sql('CREATE TABLE t AS SELECT generate_series(1, 10) AS id; CREATE TABLE a (id int)', app);
    ports = await dockerPorts(postgres, 'app');
  });
  afterAll(async () => {
    await ports?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  const app = { database: 'app' };
  const rows = (): Promise<string> => postgres.sql('SELECT count(*) FROM t', app);
  const place = () => ({ folder: ports.folder, container: postgres, database: 'app' });
  const withStart = (start: typeof startProcess) =>
    dockerPorts(postgres, 'app', { folder: ports.folder, start });

  test(
    'a swap whose answer is lost is asked for, and told as done',
    async () => {
      const { start, isDeaf } = deafTo(isSwap);
      const result = await clear(await withStart(start));
      expect(isDeaf()).toBe(true);
      expect(result).toMatchObject({ outcome: 'cleared', blockedMs: null });
      expect(await rows()).toBe('0');
      expect((await undo(ports)).from.name).toBe(result.undoPoint?.name);
      expect(await rows()).toBe('10');
    },
    limitMs,
  );

  test(
    'a name whose answer is lost is asked for: a restore beside and an undo without a live database are told as done',
    async () => {
      await createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
      const beside = deafTo(isSwap);
      await restore(await withStart(beside.start), { into: 'app_beside', confirm: undefined });
      expect(beside.isDeaf()).toBe(true);
      expect(await postgres.sql('SELECT count(*) FROM t', { database: 'app_beside' })).toBe('10');

      await clear(ports);
      await postgres.sql('DROP DATABASE app', { database: 'postgres' });
      const back = deafTo(isSwap);
      expect(await undo(await withStart(back.start))).toMatchObject({ database: 'app', undoPoint: null });
      expect(back.isDeaf()).toBe(true);
      expect(await rows()).toBe('10');
    },
    limitMs,
  );

  test(
    'a swap whose words never arrive is told as not done, and nothing is changed',
    async () => {
      await createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
      const before = await lookBefore(place());
      for (const work of someOf([clear, restore], 1)) {
        const { start, isDeaf } = deafTo(isSwap, { unsent: true });
        expect(await failureOf(work(await withStart(start)))).toMatchObject({ code: 'unreachable' });
        expect(isDeaf()).toBe(true);
        await expectInvariants(place(), before);
      }
    },
    limitMs,
  );

  test(
    'a swap that nobody can be asked about is told as not known, and both databases are there',
    async () => {
      const { start } = deafTo(isSwap, { last: true });
      expect(await failureOf(clear(await withStart(start)))).toMatchObject({
        code: 'swap-failed',
        message: 'It is not known whether app is the new database.',
        hint: expect.stringContaining('npm run db:status'),
      });
      await using connection = await connectTo(ports);
      expect(await connection.undoPoints()).toHaveLength(1);
      await connection[Symbol.asyncDispose]();
      await undo(ports);
      expect(await rows()).toBe('10');
    },
    limitMs,
  );

  test(
    'a conversation of which nothing more is heard ends, and changes nothing',
    async () => {
      const before = await lookBefore(place());
      const { start, isDeaf } = deafTo((text) => text.includes('CREATE DATABASE'));
      expect(await failureOf(clear(await withStart(start)))).toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining('in the middle of the conversation'),
      });
      expect(isDeaf()).toBe(true);
      await expectInvariants(place(), before);
    },
    limitMs,
  );

  test(
    'an undo point is not taken for empty where not all counts of its rows arrive',
    async () => {
      await createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
      const { undoPoint } = await restore(ports, { safetyBackup: false });
      let place = '';
      const counts = (text: string): boolean => {
        place = /^\\connect .*/m.exec(text)?.[0] ?? place;
        return text.includes('FROM ONLY') && place.includes(undoPoint?.name ?? '?');
      };
      const { start, isDeaf } = deafTo(counts, { oneLine: true });
      const { warnings } = await clear(await withStart(start));
      expect(isDeaf()).toBe(true);
      expect((await serverTraces(postgres, 'app')).undoPoints).toContain(undoPoint?.name);
      expect(warnings.join()).toMatch(
        /the tidying up after it was not: The (answer of the )?database server/,
      );
    },
    limitMs,
  );

  test(
    "an engine of which Docker's client does not say where it is could be another machine's: nothing is changed",
    async () => {
      const silent = await withStart((invocation) =>
        invocation.args[0] === 'context'
          ? startProcess({ file: '/nonexistent/docker', args: [] })
          : startProcess(invocation),
      );
      for (const work of [clear, undo])
        expect(await failureOf(work(silent))).toMatchObject({
          code: 'unreachable',
          message: "Docker's client did not say on which machine its engine is.",
        });
      expect(await rows()).toBe('10');
    },
    limitMs,
  );
});
