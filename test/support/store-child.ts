import { once } from 'node:events';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { folderStore } from '../../src/store/folder-store.ts';
import { takeLock } from '../../src/store/lock.ts';
import { watchedFiles } from './store-files.ts';
import { fakeClock, publishData } from './store-sets.ts';

/** A process of its own, run by node itself: one that dies at work, and ones that fight for the lock. */
export const childScript = import.meta.filename;

/** The calls after which the folder may look otherwise, or a power cut might leave it otherwise. */
const changing = /^(open|rename|unlink|mkdir|handle\.(write|writeFile|sync))$/;

/** Does the task with the real store and kills itself before its n-th call that changes something. */
async function dieAt(folder: string, task: string, nth: number): Promise<void> {
  let calls = 0;
  const files = watchedFiles(({ name }) => {
    if (changing.test(name) && ++calls === nth) process.kill(process.pid, 'SIGKILL');
  });
  const store = folderStore(folder, fakeClock(), files);
  const sets = await folderStore(folder, fakeClock()).list();
  await using _lock = await store.lock(task);
  const [newest] = sets;
  if (task === 'publish') await publishData(store, 'new\n');
  else if (newest?.state !== 'complete') throw new Error('There is no set to work on.');
  else if (task === 'remove') await store.remove(newest);
  else await store.update(newest, { ...newest.manifest, pinned: true });
}

/** Holds the lock until it is killed. */
async function hold(folder: string): Promise<void> {
  await using _lock = await folderStore(folder, fakeClock()).lock('clear');
  process.stdout.write('held\n');
  process.stdin.resume();
  await once(process.stdin, 'end');
}

/**
 * At `take TIME` it asks for the lock at that very millisecond and says `won`, `busy`, or `two` where somebody
 * else was in, too; at `back` it gives the lock back.
 */
async function race(folder: string): Promise<void> {
  let release = (): void => {};
  process.stdout.write('ready\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, time] = line.split(' ');
    if (word === 'take') {
      while (Date.now() < Number(time));
      release = takeAndSay(folder, join(folder, 'inside'));
    } else {
      release();
      process.stdout.write('given\n');
    }
  }
}

/** Who has the lock makes a file that must not be there yet. */
function takeAndSay(folder: string, inside: string): () => void {
  try {
    const lock = takeLock(folder, 'race', new Date());
    try {
      const file = openSync(inside, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      process.stdout.write('won\n');
    } catch {
      process.stdout.write('two\n');
    }
    return () => {
      unlinkSync(inside);
      lock.release();
    };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    process.stdout.write(`${code}\n`);
    return () => {};
  }
}

if (import.meta.main) {
  const [folder = '', task = '', nth = ''] = process.argv.slice(2);
  if (task === 'hold') await hold(folder);
  else if (task === 'race') await race(folder);
  else await dieAt(folder, task, Number(nth));
}
