import { join } from 'node:path';
import type { BackupSet } from '../core/ports/store.ts';
import type { Files } from './files.ts';
import type { SetFile } from './folder.ts';
import { listSets, readSet } from './list-sets.ts';

interface Known {
  stamp: string;
  set: BackupSet;
}

const untold = { stamp: '', newest: Number.POSITIVE_INFINITY };

/** A file that changed just now may change again without its time telling. */
const settledMs = 2000;

/**
 * The list for somebody who looks at it over and over: a set is read again only where one of its files is another
 * one, or has changed. Gives the very same list as long as nothing has.
 */
export function rememberedList(
  files: Files,
  folder: string,
  now: () => number = Date.now,
): () => Promise<BackupSet[]> {
  let known = new Map<string, Known>();
  let last: BackupSet[] = [];
  return async () => {
    const read = new Map<string, Known>();
    const sets = await listSets(files, folder, async (_files, _folder, id, parts) => {
      // Where not even that can be told, it is read, and how that fails says what is wrong.
      const { stamp, newest } = await stampOf(files, folder, parts).catch(() => untold);
      const before = known.get(id);
      const set = before?.stamp === stamp ? before.set : await readSet(files, folder, id, parts);
      // What could not be read may be readable at the next look.
      if (set?.state !== 'complete' || now() - newest <= settledMs) return set;
      read.set(id, { stamp, set });
      return set;
    });
    known = read;
    if (sets.length !== last.length || sets.some((set, at) => set !== last[at])) last = sets;
    return last;
  };
}

/** Changes with every change of a file's content, name or place: no copy can be given the ctime of another file. */
async function stampOf(files: Files, folder: string, parts: readonly SetFile[]) {
  const facts = await Promise.all(
    parts.map(async ({ name }) => {
      const { dev, ino, size, ctimeMs } = await files.lstat(join(folder, name));
      return { name, dev, ino, size, ctimeMs };
    }),
  );
  return { stamp: JSON.stringify(facts), newest: Math.max(...facts.map(({ ctimeMs }) => ctimeMs)) };
}
