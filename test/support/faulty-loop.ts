import { afterAll, beforeAll, expect } from 'vitest';
import type { BackupFormat } from '../../src/core/backup-format.ts';
import { everyCallOf, type PlannedFault, sampleOf, usesIn } from './faulty-plan.ts';
import { type Faultless, measure, tryFault } from './faulty-trial.ts';
import { type Work, works } from './faulty-works.ts';
import { faultyWorld, type World } from './faulty-world.ts';
import { numbersOf, seed } from './seed.ts';
import { rounds, soaking, tellFigure } from './soak.ts';
import { removeFolders } from './store-sets.ts';

/** In the long form each trial has a limit of its own; a slow machine may take a night for all of them. */
export const limitMs = soaking ? 12 * 3_600_000 : 600_000;

/** In the long form several runs, because how often a port is called is not the same in all of them. */
async function measured(world: World, work: Work): Promise<[Faultless, ...Faultless[]]> {
  const runs: [Faultless, ...Faultless[]] = [await measure(world, work)];
  while (runs.length < rounds(1, 3)) runs.push(await measure(world, work));
  return runs;
}

/**
 * Makes worlds whose backups have a format; gives what tries a work in them: every call of every port fails in it once, and
 * once with all that come after it. The quick form has one failure of some of the families (`sampleOf`).
 */
export function failingLoop(format: BackupFormat): (work: Work) => Promise<void> {
  let worlds: World[] = [];
  beforeAll(async () => {
    worlds = await Promise.all(Array.from({ length: rounds(1, 2) }, () => faultyWorld(format)));
  }, 300_000);
  afterAll(async () => {
    for (const world of worlds) await world[Symbol.asyncDispose]();
    await removeFolders();
  });

  return async (work) => {
    const runs = await Promise.all(worlds.map((world) => measured(world, work)));
    const uses = usesIn(runs.flat().map((run) => run.uses));
    const random = numbersOf(seed + works.indexOf(work));
    const plan = soaking ? everyCallOf(uses, random) : sampleOf(uses, random);
    const queue = [...plan];
    const problems: string[] = [];
    const missed: PlannedFault[] = [];
    const goThrough = async (world: World, faultless: Faultless): Promise<void> => {
      for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
        const { name } = one;
        const { hit, wrong } = await tryFault(world, work, one, faultless);
        if (!hit) missed.push(one);
        problems.push(...wrong.map((what) => `${name}: ${what}`));
      }
    };
    await Promise.all(worlds.map((world, index) => goThrough(world, runs[index]?.[0] as Faultless)));
    // As one text: of a list, the last lines of a failed run show nothing but its length.
    expect(problems.join('\n')).toBe('');
    expect(missed.filter(({ mayMiss, mayLack }) => !mayMiss && !mayLack).map(({ name }) => name)).toEqual([]);
    const mayMiss = plan.filter((one) => one.mayMiss);
    // Of the few that the quick form has, chance may choose but those behind the last.
    if (soaking) expect(missed.length).toBeLessThanOrEqual(0.3 * mayMiss.length);
    const struck = plan.length - missed.length;
    tellFigure(
      `single failures in ${work.name}, ${format}`,
      `${struck} of ${plan.length} struck, none did harm`,
    );
  };
}
