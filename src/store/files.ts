import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';

/**
 * The calls on the file system that the store makes, and no others: a test hands in one that fails.
 * They are those of `node:fs/promises`.
 */
export type Files = Pick<
  typeof fs,
  'open' | 'readdir' | 'rename' | 'unlink' | 'mkdir' | 'lstat' | 'statfs' | 'chmod'
>;

export const realFiles: Files = fs;

/** Reading: a link or a FIFO in the file's place must not be followed or waited for. */
export const readSafely = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Writing: the file must not exist yet. */
export const writeNew = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Metadata of real sets is a few kilobytes; a file beyond this is not read at all. */
const smallTextLimit = 16 * 1024 * 1024;

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** Makes renames and removals in a folder survive a power cut. */
export async function syncFolder(files: Files, folder: string): Promise<void> {
  const handle = await files.open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a new file of ours, on the disk when it returns. */
export async function writeSynced(files: Files, path: string, text: string): Promise<void> {
  const handle = await files.open(path, writeNew, 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The text of a small regular file; undefined where it is anything else. */
export async function readSmallText(files: Files, path: string): Promise<string | undefined> {
  try {
    const handle = await files.open(path, readSafely);
    try {
      const facts = await handle.stat();
      return facts.isFile() && facts.size <= smallTextLimit ? await handle.readFile('utf8') : undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (hasCode(error, 'ELOOP', 'ENXIO')) return undefined;
    throw error;
  }
}

/** Removes a file; one that is gone already is as good. */
export async function removeIfThere(files: Files, path: string): Promise<void> {
  try {
    await files.unlink(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
