import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { type Files, realFiles } from '../../../src/store/files.ts';
import { folderStore } from '../../../src/store/folder-store.ts';
import { fakeClock, never, newFolder, removeFolders } from '../../support/store-sets.ts';

afterAll(removeFolders);

const piece = Buffer.alloc(20 * 1024 * 1024, 'x');
const pieces = (count: number): Readable => Readable.from(Array.from({ length: count }, () => piece));

/** The real file system, whose disk is told to take what was written by this alone. */
function filesSyncing(datasync: () => Promise<void>): Files {
  return {
    ...realFiles,
    open: async (...args: Parameters<Files['open']>): Promise<FileHandle> => {
      const handle = await realFiles.open(...args);
      return Object.assign(handle, { datasync });
    },
  };
}

async function write(datasync: () => Promise<void>, count: number) {
  const store = folderStore(await newFolder(), fakeClock(), filesSyncing(datasync));
  await using _lock = await store.lock('backup');
  const pending = await store.begin('kubegram', '.sql', never);
  try {
    return await pending.write(pieces(count), never);
  } finally {
    await pending.discard();
  }
}

describe('the disk, while a backup is written,', () => {
  it('is kept at work every 32 MiB, and not told again before it has done', async () => {
    const slow = Promise.withResolvers<void>();
    let told = 0;
    const writing = write(() => {
      told += 1;
      return slow.promise;
    }, 6);
    await expect.poll(() => told).toBe(1);
    slow.resolve();
    expect(await writing).toMatchObject({ sizeBytes: 6 * piece.length });
  });

  it('that fails once fails the backup, even if what follows succeeds', async () => {
    let told = 0;
    const failing = async (): Promise<void> => {
      told += 1;
      if (told === 1) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    };
    await expect(write(failing, 2)).rejects.toMatchObject({ code: 'store-failed' });
    told = 0;
    await expect(write(failing, 9)).rejects.toMatchObject({ code: 'store-failed' });
  });
});
