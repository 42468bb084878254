import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { childScript } from '../../support/store-child.ts';
import { newFolder, removeFolders } from '../../support/store-sets.ts';

afterAll(removeFolders);

function racer(folder: string) {
  const child = spawn(process.execPath, [childScript, folder, 'race'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    say: (word: string) => child.stdin.write(`${word}\n`),
    hear: async (): Promise<string> => String((await lines.next()).value),
    kill: () => child.kill('SIGKILL'),
  };
}

describe('several processes that ask for the lock at the same moment', () => {
  it('never get it two at a time, and one always gets it, 200 times', async () => {
    const folder = await newFolder();
    const racers = Array.from({ length: 4 }, () => racer(folder));
    try {
      for (const one of racers) expect(await one.hear()).toBe('ready');
      const wins: number[] = [];
      for (let round = 0; round < 200; round++) {
        const start = Date.now() + 3;
        for (const one of racers) one.say(`take ${start}`);
        const answers = await Promise.all(racers.map((one) => one.hear()));
        expect(answers.toSorted()).toEqual(['busy', 'busy', 'busy', 'won']);
        wins.push(answers.indexOf('won'));
        for (const one of racers) one.say('back');
        await Promise.all(racers.map((one) => one.hear()));
      }
      expect(wins).toHaveLength(200);
    } finally {
      for (const one of racers) one.kill();
    }
  });
});
