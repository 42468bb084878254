import { afterAll, beforeAll, expect, test } from 'vitest';
import { OperationError } from '../../src/core/errors.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import {
  clear,
  type DockerPorts,
  dockerPorts,
  failureOf,
  undo,
  withoutDebris,
} from '../support/docker-ports.ts';
import { type EagerClients, startEagerClients } from '../support/eager-clients.ts';
import { openSession } from '../support/open-session.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { rounds, tellFigure } from '../support/soak.ts';

const clients = 20;
const server = { database: 'postgres' };
const full = 'app 1000';
const emptied = 'app 0';
/** The server gives a swap up, fence and all, after this long. */
const limitMs = 10_000;

describeWithDocker(`${clients} clients that connect again at once when they are cut off`, () => {
  let postgres: TestContainer;
  let ports: DockerPorts;
  let eager: EagerClients;

  beforeAll(async () => {
    postgres = await startPostgres({ database: 'app' });
    await postgres.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS id');
    ports = await dockerPorts(postgres, 'app');
  });
  afterAll(async () => {
    await ports?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  const everybodyReads = (state: string) =>
    expect.poll(() => eager.latest(), { timeout: 30_000 }).toEqual(Array(clients).fill(state));
  const isOpen = () => postgres.sql(`SELECT datallowconn FROM pg_database WHERE datname = 'app'`, server);
  const answers = async (): Promise<number[]> => (await eager.history()).map((one) => one.answers);

  const swaps = rounds(3, 50);
  test(`each of ${swaps} swaps is done within its limit or refused, and all read the right database`, async () => {
    await using started = await startEagerClients(postgres, clients, 'SELECT count(*) FROM t');
    eager = started;
    const states = [full];
    const blocked: number[] = [];
    let refused = 0;
    await everybodyReads(full);
    for (let swap = 0; swap < swaps; swap++) {
      const [now = ''] = states.slice(-1);
      const next = now === full ? emptied : full;
      try {
        const { blockedMs } = await (now === full ? clear(ports) : undo(ports));
        expect(blockedMs).toBeLessThanOrEqual(limitMs);
        blocked.push(Number(blockedMs));
        states.push(next);
      } catch (error) {
        if (!(error instanceof OperationError)) throw error;
        expect(error).toMatchObject({ code: 'swap-failed', exitCode: 1 });
        refused += 1;
      }
      expect(await isOpen()).toBe('t');
      await everybodyReads(states.at(-1) ?? '');
    }
    expect(states.length).toBeGreaterThan(1);

    // One that cannot be done: whoever waits in front of the fence is let in again.
    const before = await answers();
    {
      await using _holder = await openSession(postgres, `BEGIN; COMMENT ON DATABASE app IS 'held'`, server);
      const failure = await failureOf(states.at(-1) === full ? clear(ports) : undo(ports));
      expect(failure).toMatchObject({ code: 'swap-failed', exitCode: 1 });
    }
    expect(await isOpen()).toBe('t');
    const more = async () => (await answers()).every((count, client) => count > (before[client] ?? 0) + 5);
    await expect.poll(more, { timeout: 30_000 }).toBe(true);

    // Nobody ever read another database, or the old one after the new one.
    const history = await eager.history();
    expect(history.map(({ read }) => read)).toEqual(Array(clients).fill(states));
    const total = history.reduce((sum, one) => sum + one.answers, 0);
    tellFigure(
      `swaps under ${clients} clients that reconnect at once`,
      `${blocked.length} done, ${refused + 1} refused and open again; unreachable for ${Math.max(...blocked)} ms at most; ${total} answers, none from a wrong database`,
    );
  }, 600_000);

  test('nothing is left of all that but one undo point', async () => {
    expect(await withoutDebris(postgres)).toEqual([]);
    const points = `SELECT count(*) FROM pg_database WHERE datname ~ '__kubegram_undo_'`;
    expect(await postgres.sql(points, server)).toBe('1');
  });
});
