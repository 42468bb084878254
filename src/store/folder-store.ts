import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { backupId, setFileNames } from '../core/backup-id.ts';
import { OperationError } from '../core/errors.ts';
import { writeManifest } from '../core/manifest.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { BackupStore, CompleteSet, FolderLock, PendingFile } from '../core/ports/store.ts';
import {
  type Files,
  hasCode,
  readSafely,
  realFiles,
  removeIfThere,
  syncFolder,
  writeSynced,
} from './files.ts';
import { ensureFolder, setFilesIn } from './folder.ts';
import { listSets } from './list-sets.ts';
import { takeLock } from './lock.ts';
import { partial } from './names.ts';
import { pendingFile } from './pending-file.ts';
import { recoverFolder } from './recover.ts';
import { removeSet } from './remove-set.ts';
import { storeError } from './store-error.ts';

/** The backup folder on a local disk (SPEC 3). */
export function folderStore(folder: string, clock: Clock, files: Files = realFiles): BackupStore {
  return {
    folder,
    list: () => listSets(files, folder),
    lock: (operation) => lockFolder(files, folder, operation, clock),
    freeBytes: async () => {
      try {
        const { bavail, bsize } = await files.statfs(folder);
        return bavail * bsize;
      } catch (error) {
        throw storeError(error, 'Asking for the free space', folder);
      }
    },
    begin: (database, ending, signal) => begin(files, folder, clock, database, ending, signal),
    open: (set) => openData(files, folder, set),
    update: async (set, manifest) => {
      const name = setFileNames(set.id, '').metadata;
      try {
        await removeIfThere(files, join(folder, partial(name)));
        await writeSynced(files, join(folder, partial(name)), writeManifest(manifest));
        await files.rename(join(folder, partial(name)), join(folder, name));
        await syncFolder(files, folder);
        return { ...set, manifest };
      } catch (error) {
        throw storeError(error, 'Changing the metadata', folder);
      }
    },
    remove: async (set) => {
      try {
        await removeSet(files, folder, set.id);
      } catch (error) {
        throw storeError(error, 'Removing a backup', folder);
      }
    },
  };
}

async function lockFolder(
  files: Files,
  folder: string,
  operation: string,
  clock: Clock,
): Promise<FolderLock> {
  await ensureFolder(files, folder);
  const lock = takeLock(folder, operation, clock.now());
  try {
    const dead = lock.deadOwner;
    const died = dead && `${dead.operation} (process ${dead.pid}) ended without giving its lock back.`;
    const repairs = await recoverFolder(files, folder);
    return {
      repairs: died === undefined ? repairs : [died, ...repairs],
      [Symbol.asyncDispose]: async () => lock.release(),
    };
  } catch (error) {
    lock.release();
    throw storeError(error, 'Putting the folder in order', folder);
  }
}

async function begin(
  files: Files,
  folder: string,
  clock: Clock,
  database: string,
  ending: string,
  signal: AbortSignal,
): Promise<PendingFile> {
  const sets = await listSets(files, folder);
  const sequence =
    1 + Math.max(0, ...sets.map((set) => (set.state === 'complete' ? set.manifest.sequence : 0)));
  for (;;) {
    const createdAt = clock.now();
    const id = backupId(database, createdAt);
    const taken = (await setFilesIn(files, folder)).some((file) => file.id === id);
    if (!taken) return pendingFile(files, folder, { id, ending, createdAt, sequence });
    await clock.sleep(1000 - (createdAt.getTime() % 1000), signal); // SPEC 3: the second waits for the next second
  }
}

async function hasMetadata(files: Files, folder: string, { id }: CompleteSet): Promise<boolean> {
  const { metadata } = setFileNames(id, '');
  return (await setFilesIn(files, folder)).some(({ name }) => name === metadata);
}

/** The set was listed, and rotation or a person took it out before it was read: no damage, and not ours to mend. */
function removedMeanwhile(id: string): OperationError {
  return new OperationError('busy', `Another operation removed ${id} while it was to be read.`, {
    hint: 'Try again with one that is there: npm run backup:list',
  });
}

async function openData(files: Files, folder: string, set: CompleteSet): Promise<Readable> {
  const path = join(folder, set.dataFile);
  try {
    const handle = await files.open(path, readSafely);
    try {
      if ((await handle.stat()).isFile()) return handle.createReadStream({ highWaterMark: 1024 * 1024 });
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
  } catch (error) {
    if (!hasCode(error, 'ELOOP', 'ENOENT', 'ENXIO')) throw storeError(error, 'Reading the backup', folder);
    if (hasCode(error, 'ENOENT') && !(await hasMetadata(files, folder, set))) throw removedMeanwhile(set.id);
  }
  throw new OperationError(
    'backup-unverified',
    `The data file of ${set.id} is gone or is not a regular file.`,
    {
      hint: 'npm run backup:list shows what is there.',
    },
  );
}
