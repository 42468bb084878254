import { afterAll, beforeAll, expect, test } from 'vitest';
import { everyCallOf, type PlannedFault, sampleOf } from '../support/faulty-plan.ts';
import { measure, tryFault } from '../support/faulty-trial.ts';
import { type Work, works } from '../support/faulty-works.ts';
import { faultyWorld, type World } from '../support/faulty-world.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { numbersOf, seed } from '../support/seed.ts';
import { soaking, tellFigure } from '../support/soak.ts';
import { removeFolders } from '../support/store-sets.ts';

/** Against hanging alone: the machine may have much else to do. */
const limitMs = soaking ? 3_600_000 : 600_000;

describeWithDocker(`one call of one port fails (KUBEGRAM_TEST_SEED=${seed})`, () => {
  let worlds: World[] = [];

  beforeAll(async () => {
    worlds = await Promise.all([faultyWorld(), faultyWorld()]);
  }, 300_000);
  afterAll(async () => {
    for (const world of worlds) await world[Symbol.asyncDispose]();
    await removeFolders();
  });

  async function planFor(work: Work) {
    const [first] = worlds;
    if (first === undefined) throw new Error('There is no world.');
    const { uses, live } = await measure(first, work);
    const random = numbersOf(seed + works.indexOf(work));
    return { live, plan: soaking ? everyCallOf(uses, random) : sampleOf(uses, random) };
  }

  test.each(works)(
    '$name harms nothing, whichever call of the store, a process or the clock fails, once or from then on',
    async (work) => {
      const { plan, live } = await planFor(work);
      const queue = [...plan];
      const problems: string[] = [];
      let hits = 0;
      const goThrough = async (world: World): Promise<void> => {
        for (let one: PlannedFault | undefined = queue.shift(); one !== undefined; one = queue.shift()) {
          const { hit, wrong } = await tryFault(world, work, one.fault, live);
          if (hit) hits += 1;
          problems.push(...wrong.map((what) => `${one?.name}: ${what}`));
        }
      };
      await Promise.all(worlds.map(goThrough));
      expect(problems).toEqual([]);
      // The last reads of a run may come in fewer pieces than they came when they were counted.
      expect(hits).toBeGreaterThan(plan.length * 0.7);
      tellFigure(`single failures in ${work.name}`, `${hits} of ${plan.length} struck, none did harm`);
    },
    limitMs,
  );
});
