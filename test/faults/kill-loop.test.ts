import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStatus } from '../../src/operations/status.ts';
import { copyProject, type ProjectCopy } from '../support/cli.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { dockerPorts, quietRun } from '../support/docker-ports.ts';
import { expectAtRest, lookAtRest } from '../support/kill-checks.ts';
import { dropOldUndoPoints, EMPTIED, killedTables, lookAt } from '../support/kill-database.ts';
import { type Operation, planOf } from '../support/kill-plan.ts';
import { type Ground, killOnce, type Round } from '../support/kill-round.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { numbersOf, seed } from '../support/seed.ts';
import { rounds, tellFigure } from '../support/soak.ts';

const plan = planOf(rounds(30, 200), numbersOf(seed));
const unharmed = {
  name: 'nothing',
  crash: false,
  onServer: false,
  exitCodes: [0],
  strike: async () => false,
};

describeWithDocker(
  `whatever is killed, the next command finds all in order (KUBEGRAM_TEST_SEED=${seed})`,
  () => {
    let server: TestContainer;
    let project: ProjectCopy;
    let ground: Ground;
    const usualMs = new Map<Operation, number>();
    const done: (Round & { kill: string })[] = [];

    beforeAll(async () => {
      [server, project] = await Promise.all([startPostgres({ survives: true }), copyProject()]);
      project.env['DB_CONTAINER'] = server.name;
      await server.sql(killedTables);
      ground = { project, server, contents: new Map(), rounds: 0 };
      // Every operation once and unharmed: how long it takes, and that all that is asked below holds without a kill.
      for (const operation of ['backup', 'clear', 'undo', 'restore', 'verify', 'cleanup'] as const) {
        const one = { nth: 0, kill: unharmed, operation, moment: 0, next: undefined };
        const { milliseconds } = await killOnce(ground, one, 0);
        if (operation === 'clear') ground.contents.set(EMPTIED, (await lookAt(server)).text);
        else if (operation === 'backup') expect((await project.tool(['pin', 'latest'])).exitCode).toBe(0);
        usualMs.set(operation, milliseconds);
      }
    }, 300_000);

    afterAll(async () => {
      await project?.[Symbol.asyncDispose]();
      await server?.[Symbol.asyncDispose]();
    });

    test.each(plan)(
      '$nth: $kill.name in $operation',
      async (planned) => {
        // What got through before it was struck is struck earlier.
        for (let share = 1; ; share /= 4) {
          const { operation } = planned;
          const round = await killOnce(ground, planned, share * (usualMs.get(operation) ?? 0));
          // The machine may be slower or faster than it was at the start.
          if (round.exitCode === 0 && planned.kill.name !== 'docker pause')
            usualMs.set(operation, round.milliseconds);
          if (round.struck) {
            done.push({ ...round, kill: planned.kill.name });
            break;
          }
        }
        if (planned.nth % 10 === 0) await dropOldUndoPoints(server);
      },
      300_000,
    );

    test('an undo point that was being looked into is closed again by the next command', async () => {
      // As a kill leaves it while a clear or a restore tidies up.
      await server.sql(
        `SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname) FROM pg_database
         WHERE datname ~ '__kubegram_undo_' LIMIT 1 \\gexec`,
        { database: 'postgres' },
      );
      await using ports = await dockerPorts(server, 'kubegram');
      const { repairs } = await readStatus(ports, quietRun());
      expect(repairs).toEqual([expect.stringMatching(/^The undo point .* was closed again\.$/)]);
      await expectAtRest(await lookAtRest(server), [], 'status');
    }, 120_000);

    test('and every one of them was made', () => {
      const kinds = Map.groupBy(done, ({ kill }) => kill);
      tellFigure(
        'kills',
        `${done.length} of ${plan.length}: ${[...kinds].map(([name, all]) => `${all.length} ${name}`).join(', ')}`,
      );
      const unsaid = done.filter(({ changed, exitCode }) => changed && exitCode !== 0).length;
      tellFigure('changes that the server finished although the command was cut off', unsaid);
      const repaired = done.filter(({ repairs }) => repairs.length > 0).length;
      tellFigure('commands after a kill that had to put something in order', repaired);
      const late = done.filter(({ late }) => late).length;
      tellFigure('databases that the server made after the next command had looked', late);
      expect(late).toBeLessThanOrEqual(done.length / 10);
      expect(done).toHaveLength(plan.length);
    });
  },
);
