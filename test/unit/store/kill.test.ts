import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { folderStore } from '../../../src/store/folder-store.ts';
import { childScript } from '../../support/store-child.ts';
import {
  contentsOf,
  expectSound,
  fakeClock,
  laySet,
  newFolder,
  removeFolders,
  unfinishedIn,
} from '../../support/store-sets.ts';

afterAll(removeFolders);

interface Death {
  signal: string | null;
  code: number | null;
}

/** Runs the task in a process of its own that kills itself before its n-th change of the folder. */
async function runUntil(nth: number, folder: string, task: string): Promise<Death> {
  const child = spawn(process.execPath, [childScript, folder, task, String(nth)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code, signal] = await once(child, 'exit');
  return { code, signal };
}

/**
 * Kills the task before its n-th change of the folder, for every n until it gets through, two at a time.
 *
 * @returns How many sets were there after each death, once the folder was put in order.
 */
async function killEverywhere(task: string): Promise<number[]> {
  const template = await newFolder();
  const first = await laySet(template, 1);
  await laySet(template, 2);
  const counts: number[] = [];

  const killOnce = async (nth: number): Promise<Death> => {
    const folder = await newFolder();
    await cp(template, folder, { recursive: true });
    const before = await contentsOf(folder);
    const death = await runUntil(nth, folder, task);
    const store = folderStore(folder, fakeClock());
    const untouched = Object.entries(before).filter(
      ([name]) => task === 'publish' || name.startsWith(first.id),
    );
    expect(await contentsOf(folder)).toMatchObject(Object.fromEntries(untouched));
    await expectSound(store);
    {
      await using lock = await store.lock('backup');
      if (death.signal === 'SIGKILL' && nth > 1) expect(lock.repairs.length).toBeLessThanOrEqual(2);
      expect(await unfinishedIn(folder)).toEqual([]);
    }
    expect(await contentsOf(folder)).toMatchObject(Object.fromEntries(untouched));
    await expectSound(store);
    counts[nth - 1] = (await store.list()).length;
    await using again = await store.lock('backup');
    expect(again.repairs).toEqual([]);
    return death;
  };

  for (let nth = 1; ; nth += 2) {
    const deaths = await Promise.all([killOnce(nth), killOnce(nth + 1)]);
    expect(deaths.every(({ code, signal }) => signal === 'SIGKILL' || code === 0)).toBe(true);
    if (deaths.some(({ signal }) => signal === null)) return counts;
  }
}

/** The numbers without repetitions: what was seen, in order. */
const steps = (counts: number[]): number[] => counts.filter((count, index) => count !== counts[index - 1]);

describe('a process killed at any step', () => {
  it('of a backup leaves none of it or all of it', async () => {
    const counts = await killEverywhere('publish');
    expect(counts.length).toBeGreaterThan(20);
    expect(steps(counts)).toEqual([2, 3]);
  });

  it('of a removal leaves the set as it was or nothing of it', async () => {
    const counts = await killEverywhere('remove');
    expect(counts.length).toBeGreaterThan(6);
    expect(steps(counts)).toEqual([2, 1]);
  });

  it('of a change of metadata leaves the set with the old or the new', async () => {
    const counts = await killEverywhere('pin');
    expect(steps(counts)).toEqual([2]);
  });
});
