import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { backupId, setFileNames } from '../core/backup-id.ts';
import { OperationError } from '../core/errors.ts';
import { writeManifest } from '../core/manifest.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { BackupSet, BackupStore, CompleteSet, FolderLock, PendingFile } from '../core/ports/store.ts';
import {
  type Files,
  hasCode,
  readSafely,
  realFiles,
  removeIfThere,
  syncFolder,
  writeSynced,
} from './files.ts';
import { ensureFolder, namesIn } from './folder.ts';
import { listSets } from './list-sets.ts';
import { takeLock } from './lock.ts';
import { parseFileName, partial, removing } from './names.ts';
import { pendingFile } from './pending-file.ts';
import { recoverFolder } from './recover.ts';
import { storeError } from './store-error.ts';

/** The backup folder on a local disk (SPEC 3). */
export function folderStore(folder: string, clock: Clock, files: Files = realFiles): BackupStore {
  return {
    folder,
    list: () => listSets(files, folder),
    lock: (operation) => lockFolder(files, folder, operation, clock),
    freeBytes: async () => {
      const { bavail, bsize } = await files.statfs(folder);
      return bavail * bsize;
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
        await removeSet(files, folder, set);
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
    const taken = (await namesIn(files, folder)).some((name) => parseFileName(name)?.id === id);
    if (!taken) return pendingFile(files, folder, { id, ending, createdAt, sequence });
    await clock.sleep(1000 - (createdAt.getTime() % 1000), signal); // SPEC 3: the second waits for the next second
  }
}

async function openData(files: Files, folder: string, set: CompleteSet): Promise<Readable> {
  const path = join(folder, set.dataFile);
  try {
    const handle = await files.open(path, readSafely);
    if ((await handle.stat()).isFile()) return handle.createReadStream({ highWaterMark: 1024 * 1024 });
    await handle.close();
  } catch (error) {
    if (!hasCode(error, 'ELOOP', 'ENOENT', 'ENXIO')) throw storeError(error, 'Reading the backup', folder);
  }
  throw new OperationError(
    'backup-unverified',
    `The data file of ${set.id} is gone or is not a regular file.`,
    {
      hint: 'npm run backup:list shows what is there.',
    },
  );
}

/**
 * The metadata goes first: from then on the set counts for nothing. It is renamed, not unlinked, so that a
 * removal that is cut short is known as one and finished by the next command.
 */
async function removeSet(files: Files, folder: string, set: BackupSet): Promise<void> {
  const names = await namesIn(files, folder);
  const parts = names.flatMap((name) => parseFileName(name) ?? []).filter((file) => file.id === set.id);
  const metadata = setFileNames(set.id, '').metadata;
  if (parts.some((part) => part.name === metadata)) {
    await files.rename(join(folder, metadata), join(folder, removing(metadata)));
    await syncFolder(files, folder);
  }
  for (const part of parts) await removeIfThere(files, join(folder, part.name));
  await removeIfThere(files, join(folder, removing(metadata)));
  await syncFolder(files, folder);
}
