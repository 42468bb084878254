import { once } from 'node:events';
import { folderStore } from '../../src/store/folder-store.ts';
import { watchedFiles } from './store-files.ts';
import { fakeClock, publishData } from './store-sets.ts';

/** A process of its own, run by node itself: one that dies at work, and one that holds the lock. */
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

if (import.meta.main) {
  const [folder = '', task = '', nth = ''] = process.argv.slice(2);
  if (task === 'hold') await hold(folder);
  else await dieAt(folder, task, Number(nth));
}
