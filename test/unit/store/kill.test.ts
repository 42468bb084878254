import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeManifest } from '../../../src/core/manifest.ts';
import type { BackupStore, CompleteSet } from '../../../src/core/ports/store.ts';
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

interface Task {
  name: 'publish' | 'remove' | 'pin';
  /** The files of the two sets that are there and that it has to leave alone. */
  untouched: RegExp;
  /** How far it came; throws where the folder may not be like that. */
  see(store: BackupStore, second: CompleteSet): Promise<number | string>;
}

interface Deaths {
  /** How often it was killed before it got through. */
  killed: number;
  /** What was seen after each death, and after the work, once the folder was put in order. */
  seen: (number | string)[];
}

/** Kills the task before its n-th change of the folder, for every n until it gets through, two at a time. */
async function killEverywhere({ name: task, untouched: isUntouched, see }: Task): Promise<Deaths> {
  const template = await newFolder();
  await laySet(template, 1);
  const second = await laySet(template, 2);
  const seen: Deaths['seen'] = [];
  let killed = 0;

  const killOnce = async (nth: number): Promise<Death> => {
    const folder = await newFolder();
    await cp(template, folder, { recursive: true });
    const before = await contentsOf(folder);
    const death = await runUntil(nth, folder, task);
    const store = folderStore(folder, fakeClock());
    const untouched = Object.entries(before).filter(([name]) => isUntouched.test(name));
    expect(await contentsOf(folder)).toMatchObject(Object.fromEntries(untouched));
    await expectSound(store);
    await see(store, second);
    {
      await using lock = await store.lock('backup');
      if (death.signal === 'SIGKILL' && nth > 1) expect(lock.repairs.length).toBeLessThanOrEqual(2);
      expect(await unfinishedIn(folder)).toEqual([]);
    }
    expect(await contentsOf(folder)).toMatchObject(Object.fromEntries(untouched));
    await expectSound(store);
    seen[nth - 1] = await see(store, second);
    await using again = await store.lock('backup');
    expect(again.repairs).toEqual([]);
    return death;
  };

  for (let nth = 1; ; nth += 2) {
    const deaths = await Promise.all([killOnce(nth), killOnce(nth + 1)]);
    expect(deaths.every(({ code, signal }) => signal === 'SIGKILL' || code === 0)).toBe(true);
    killed += deaths.filter(({ signal }) => signal === 'SIGKILL').length;
    if (deaths.some(({ signal }) => signal === null)) return { killed, seen };
  }
}

/** Without repetitions: what was seen, in order. */
const steps = (seen: Deaths['seen']) => seen.filter((one, index) => one !== seen[index - 1]);

const countSets: Task['see'] = async (store) => (await store.list()).length;

/** Which of the two metadata the second set has, byte for byte. */
const whichMetadata: Task['see'] = async ({ folder }, { id, manifest }) => {
  const text = await readFile(join(folder, `${id}.json`), 'utf8');
  if (text === writeManifest(manifest)) return 'the old';
  return text === writeManifest({ ...manifest, pinned: true }) ? 'the new' : expect.unreachable(text);
};

describe('a process killed at any step', () => {
  it('of a backup leaves none of it or all of it', async () => {
    const { killed, seen } = await killEverywhere({ name: 'publish', untouched: /./, see: countSets });
    expect(killed).toBeGreaterThan(20);
    expect(steps(seen)).toEqual([2, 3]);
  });

  it('of a removal leaves the set as it was or nothing of it', async () => {
    const { killed, seen } = await killEverywhere({ name: 'remove', untouched: /_200001/, see: countSets });
    expect(killed).toBeGreaterThan(6);
    expect(steps(seen)).toEqual([2, 1]);
  });

  it('of a change of metadata leaves the set with the old or the new', async () => {
    const untouched = /_200001|_200002(\.sql|_tables\.txt)$/;
    const { killed, seen } = await killEverywhere({ name: 'pin', untouched, see: whichMetadata });
    expect(killed).toBeGreaterThan(6);
    expect(steps(seen)).toEqual(['the old', 'the new']);
  });
});
