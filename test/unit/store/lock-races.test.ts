import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { ownerFile, takeLock } from '../../../src/store/lock.ts';
import { racerScript } from '../../support/lock-racer.ts';
import { numbersOf, seed } from '../../support/seed.ts';
import { rounds, tellFigure } from '../../support/soak.ts';
import { newFolder, removeFolders } from '../../support/store-sets.ts';

afterAll(removeFolders);

/** Who does not get the lock waits for a quarter of a second: several folders are fought for at the same time. */
const folders = 4;
const random = numbersOf(seed);

function racer(folder: string) {
  const child = spawn(process.execPath, [racerScript, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => {});
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid,
    say: (word: string) => child.stdin.write(`${word}\n`),
    hear: async (): Promise<string> => String((await lines.next()).value),
    kill: async (): Promise<void> => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
type Racer = ReturnType<typeof racer>;

/** Four that fight for one folder; they end with the block. */
async function racersFor(folder: string) {
  const racers: Racer[] = [];
  const join = (): void => void racers.push(racer(folder));
  for (let number = 0; number < 4; number++) join();
  for (const one of racers) expect(await one.hear()).toBe('ready');
  return {
    racers,
    join,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(racers.map((one) => one.kill()));
    },
  };
}

/** Lets them all ask at the same millisecond. */
function start(racers: readonly Racer[]): Promise<string[]> {
  const at = Date.now() + 3;
  for (const one of racers) one.say(`take ${at}`);
  return Promise.all(racers.map((one) => one.hear()));
}

const inFolders = async (work: (folder: string) => Promise<void>): Promise<void> => {
  await Promise.all(Array.from({ length: folders }, async () => work(await newFolder())));
};

describe(`several processes that ask for the lock at the same moment (KUBEGRAM_TEST_SEED=${seed})`, () => {
  const freed = rounds(12, 400);
  it(`never get it two at a time, and one always gets it, ${freed} times`, async () => {
    await inFolders(async (folder) => {
      await using fight = await racersFor(folder);
      for (let round = 0; round < freed / folders; round++) {
        expect((await start(fight.racers)).toSorted()).toEqual(['busy', 'busy', 'busy', 'won']);
        for (const one of fight.racers) one.say('back');
        await Promise.all(fight.racers.map((one) => one.hear()));
      }
    });
  }, 1_800_000);

  const killed = rounds(30, 1000);
  it(`get it one at a time where its owner is killed under them, ${killed} times`, async () => {
    let atOnce = 0;
    await inFolders(async (folder) => {
      await using fight = await racersFor(folder);
      const { racers } = fight;
      const first = racers[0] as Racer;
      first.say('take 0');
      expect(await first.hear()).toBe('won');
      let owner = first;
      for (let round = 0; round < killed / folders; round++) {
        racers.splice(racers.indexOf(owner), 1);
        fight.join();
        const [fresh] = racers.slice(-1) as [Racer];
        const waiting = racers.filter((one) => one !== fresh);
        let isAlive = true;
        const answers = start(waiting);
        const early = answers.then((all) => isAlive && all.includes('won'));
        await new Promise((resolve) => setTimeout(resolve, random() * 100));
        rmSync(join(folder, 'inside')); // what the owner cannot do any more; who takes the lock makes it anew
        isAlive = false;
        await owner.kill();
        expect(await early).toBe(false);
        const won = (await answers).filter((answer) => answer !== 'busy');
        if (won.length > 0) atOnce += 1;
        const last = won.length > 0 ? await answers : await start(waiting);
        expect(last.toSorted()).toEqual(['busy', 'busy', 'won']);
        owner = waiting[last.indexOf('won')] as Racer;
        expect(JSON.parse(readFileSync(join(folder, ownerFile), 'utf8'))).toMatchObject({ pid: owner.pid });
        expect(await fresh.hear()).toBe('ready');
      }
      await owner.kill();
      const lock = takeLock(folder, 'test', new Date());
      expect(lock.deadOwner).toMatchObject({ pid: owner.pid, operation: 'race' });
      lock.release();
    });
    expect(atOnce).toBeGreaterThan(0);
    tellFigure(
      'lock races with a killed owner',
      `${killed}, won by exactly one each; ${atOnce} while they waited`,
    );
  }, 1_800_000);
});
