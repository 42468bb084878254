import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyProject, type ProjectCopy } from '../support/cli.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { expectAtRest, expectPlainEnd, lookAtRest, withinLimit } from '../support/kill-checks.ts';
import { type Contents, markerIn, markerPutAside } from '../support/kill-contents.ts';
import { dropOldUndoPoints, EMPTIED, killedTables, lookAt, refill } from '../support/kill-database.ts';
import { lostSets, setsIn, strayIn } from '../support/kill-folder.ts';
import { killsOfTool } from '../support/kill-kinds.ts';
import { operationNames, operations } from '../support/kill-plan.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { numbersFor, seed } from '../support/seed.ts';
import { rounds, tellFigure } from '../support/soak.ts';

const busy = 5;

describeWithDocker(`two clones, two folders, one server (KUBEGRAM_TEST_SEED=${seed})`, () => {
  let server: TestContainer;
  let clones: ProjectCopy[];
  const contents: Contents = new Map();
  const counts = { kills: 0, waited: 0, repaired: 0 };
  let usualMs = 0;
  let marker = 0;

  beforeAll(async () => {
    server = await startPostgres();
    const env = { DB_CONTAINER: server.name, BACKUP_KEEP: '3' };
    clones = await Promise.all([copyProject({ env }), copyProject({ env })]);
    await server.sql(killedTables);
    for (const clone of clones) {
      await mark();
      const started = performance.now();
      expect((await clone.tool(operations.clear())).exitCode).toBe(0);
      usualMs = performance.now() - started;
      contents.set(EMPTIED, (await lookAt(server)).text);
    }
  }, 300_000);

  afterAll(async () => {
    for (const clone of clones ?? []) await clone[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  async function mark(): Promise<string> {
    marker += 1;
    const { text } = await refill(server, `round-${marker}`);
    contents.set(`round-${marker}`, text);
    return text;
  }

  /** One of a clone's commands at work; of what it restores or verifies, any of its own. */
  async function begin(clone: ProjectCopy, random: () => number, able = operationNames) {
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const sets = await setsIn(clone.backups);
    const operation = pick(able);
    const set = pick([...sets.keys()].sort());
    const brings = { restore: await markerIn(clone.backups, set), clear: EMPTIED }[operation as string];
    const argv = operations[operation](set);
    const keep = operation === 'cleanup' ? 1 : 3;
    const name = `clones-${process.pid}-${marker}-${clones.indexOf(clone)}`;
    const env = { BACKUP_KEEP: String(keep), KUBEGRAM_TEST_MARK: name };
    const tool = clone.start([process.execPath, 'scripts/start.js', ...argv], env);
    let over = false;
    void tool.ended.then(() => {
      over = true;
    });
    const rotates = operation !== 'undo' && operation !== 'verify';
    const keeps = rotates ? keep : undefined;
    return { clone, sets, operation, brings, tool, mark: name, over: () => over, keep: keeps };
  }

  const plan = Array.from({ length: rounds(2, 60) }, (_, index) => ({
    nth: index + 1,
    kill: killsOfTool[(seed + index) % killsOfTool.length] as (typeof killsOfTool)[number],
    killed: (index + Math.floor(index / killsOfTool.length)) % 2,
  }));

  /** One of two commands at work is struck, where it has not ended before; the other one is not to notice. */
  async function strikeOne({ nth, kill, killed }: (typeof plan)[number], share: number): Promise<boolean> {
    const random = numbersFor(nth * 100 - Math.log2(share));
    const now = await mark();
    const putAside = await markerPutAside(server);
    const [dying, other] = [clones[killed], clones[1 - killed]] as [ProjectCopy, ProjectCopy];
    const able = operationNames.filter((name) => !kill.onServer || name !== 'cleanup');
    const first = await begin(dying, random, able);
    const wait = () => Promise.race([first.tool.ended, sleep((random() / 2) * share * usualMs)]);
    await wait();
    const second = await begin(other, random);
    await wait();
    const struck = await kill.strike({ tool: first.tool, server, random, over: first.over });
    const [end, unharmed] = await Promise.all([withinLimit(first.tool), withinLimit(second.tool)]);
    const about = `${first.operation} struck, ${second.operation} not\n${first.tool.output()}\n${second.tool.output()}`;
    expectPlainEnd(end, struck ? [...kill.exitCodes, busy] : [0, busy], about);
    expectPlainEnd(unharmed, [0, busy], about);
    if (struck) counts.kills += 1;
    if (unharmed.exitCode === busy) counts.waited += 1;

    for (const { clone, sets, keep } of [first, second]) {
      const next = await clone.tool(['status', '--json']);
      expect(next.exitCode, `${about}\n${next.stdout}${next.stderr}`).toBe(0);
      if ((JSON.parse(next.stdout) as { repairs: string[] }).repairs.length > 0) counts.repaired += 1;
      const left = await setsIn(clone.backups);
      expect(lostSets(sets, left, keep), about).toEqual([]);
      expect(await strayIn(clone.backups, left), about).toEqual([]);
    }
    const look = await lookAtRest(server);
    await expectAtRest(look, [first.mark, second.mark], about);
    // What was there, or what one of the two brings: a set of its own, nothing, or what was put aside before.
    const undoes = first.operation === 'undo' || second.operation === 'undo';
    const brought = [first.brings, second.brings, undoes ? putAside : undefined];
    expect([now, ...brought.map((name) => contents.get(name ?? ''))], about).toContain(look.text);
    return struck;
  }

  test.each(plan)(
    '$nth: $kill.name of clone $killed leaves the other one at work',
    async (planned) => {
      for (let share = 1; !(await strikeOne(planned, share)); ) share /= 2;
      await dropOldUndoPoints(server);
    },
    300_000,
  );

  test('and each clone has the database back from its own newest backup', async () => {
    for (const clone of clones) {
      await mark();
      const sets = [...(await setsIn(clone.backups)).values()].filter(
        (set) => set.reason !== 'before-restore',
      );
      const newest = sets.toSorted((a, b) => b.sequence - a.sequence)[0]?.id ?? '';
      const restored = await clone.tool(operations.restore('latest'));
      expect(restored.exitCode, restored.stderr).toBe(0);
      const look = await lookAtRest(server);
      await expectAtRest(look, [], restored.stdout);
      const { text } = look;
      expect(text).toBe(contents.get(await markerIn(clone.backups, newest)));
    }
    expect(counts.kills).toBe(plan.length);
    tellFigure('kills of one of two clones at work on one server', counts.kills);
    tellFigure('commands of the other clone that were told to wait (exit code 5)', counts.waited);
    tellFigure('commands after them that had to put something in order', counts.repaired);
  }, 300_000);
});
