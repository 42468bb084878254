import { systemClock } from '../../src/app/clock.ts';
import { OperationError } from '../../src/core/errors.ts';
import { folderStore } from '../../src/store/folder-store.ts';
import { publishData } from './store-sets.ts';

/** A process of its own that backs up at a given millisecond and says which id it got, or `busy`. */
export const publishScript = import.meta.filename;

async function publishAt(folder: string, time: number): Promise<string> {
  while (Date.now() < time);
  const store = folderStore(folder, systemClock);
  try {
    await using _lock = await store.lock('backup');
    const { id } = await publishData(store, `of process ${process.pid}\n`);
    return id;
  } catch (error) {
    return error instanceof OperationError ? error.code : String(error);
  }
}

if (import.meta.main) {
  const [folder = ''] = process.argv.slice(2);
  process.stdout.write('ready\n');
  process.stdin.once('data', async (time) => {
    process.stdout.write(`${await publishAt(folder, Number(time))}\n`);
    process.stdin.destroy();
  });
}
