import { mkdir, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BackupStore, CompleteSet } from '../../../src/core/ports/store.ts';
import { folderStore } from '../../../src/store/folder-store.ts';
import { lockFile, takeLock } from '../../../src/store/lock.ts';
import { storeError } from '../../../src/store/store-error.ts';
import { type FileCall, fault, watchedFiles } from '../../support/store-files.ts';
import { fakeClock, laySet, never, newFolder, publishData, removeFolders } from '../../support/store-sets.ts';

afterAll(removeFolders);

const lookAtDisk = 'Check the disk and the folder, then try again. Nothing that was there is changed.';
type Work = (store: BackupStore, set: CompleteSet) => unknown;

const isOf =
  (ending: string) =>
  ({ paths }: FileCall): boolean =>
    paths.some((path) => path.endsWith(ending));

describe('where the disk fails, the store says what was being done', () => {
  it.each<[string, string, (call: FileCall) => boolean, Work]>([
    ['Asking for the free space', 'statfs', () => true, (store) => store.freeBytes()],
    ['Reading the list of backups', 'readdir', () => true, (store) => store.list()],
    ['Reading the list of backups', 'lstat', () => true, (store) => store.list()],
    ['Reading the backup', 'open', () => true, (store, set) => store.open(set)],
    ['Reading the backup', 'handle.stat', () => true, (store, set) => store.open(set)],
    ['Changing the metadata', 'unlink', () => true, (store, set) => store.update(set, set.manifest)],
    ['Changing the metadata', 'rename', () => true, (store, set) => store.update(set, set.manifest)],
    ['Removing a backup', 'rename', () => true, (store, set) => store.remove(set)],
    ['Removing a backup', 'unlink', () => true, (store, set) => store.remove(set)],
    ['Making the backup folder', 'mkdir', () => true, (store) => store.lock('backup')],
    ['Putting the folder in order', 'unlink', () => true, (store) => store.lock('backup')],
    ['Writing the backup', 'handle.write', () => true, (store) => publishData(store, 'data\n')],
    [
      'Publishing the backup',
      'rename',
      isOf('.sql'),
      (store) => publishData(store, 'data\n', { tables_backed_up: [] }),
    ],
  ])('%s (%s)', async (doing, call, applies, work) => {
    const folder = await newFolder();
    const set = await laySet(folder, 1);
    if (doing.startsWith('Putting')) await writeFile(join(folder, `.${set.id}.json.partial`), '');
    const files = watchedFiles((one) => {
      if (one.name === call && applies(one)) throw fault('EIO');
    });
    const failed = Promise.resolve(work(folderStore(folder, fakeClock(), files), set));
    await expect(failed).rejects.toMatchObject({
      code: 'store-failed',
      message: `${doing} failed in ${folder}: EIO: as the test wants it.`,
      hint: lookAtDisk,
      cause: { code: 'EIO' },
    });
  });

  it.each([
    [
      'ENOSPC',
      'The disk that holds /b is full; Writing was given up.',
      /^Free some space, or set BACKUP_DIR /,
    ],
    [
      'EROFS',
      '/b cannot be written: EROFS: as the test wants it.',
      /^Give yourself the right to write there, /,
    ],
    ['EIO', 'Writing failed in /b: EIO: as the test wants it.', /^Check the disk and the folder, /],
  ] as const)('and what to do, by the kind of failure: %s', (code, message, hint) => {
    const failed = { message, hint: expect.stringMatching(hint), cause: { code } };
    expect(storeError(fault(code), 'Writing', '/b')).toMatchObject(failed);
  });
});

describe('where the folder is not as it should be, the store says what to do', () => {
  it('about a file in the place of the folder', async () => {
    const file = join(await newFolder(), 'file');
    await writeFile(file, '');
    const said = {
      code: 'store-failed',
      message: `The backup folder ${file} is a file, not a folder.`,
      hint: 'Move that file away, or set BACKUP_DIR to another folder.',
    };
    const store = folderStore(file, fakeClock());
    await expect(store.lock('backup')).rejects.toMatchObject({ ...said, cause: { code: 'EEXIST' } });
    await expect(store.list()).rejects.toMatchObject({ ...said, cause: { code: 'ENOTDIR' } });
  });

  it('about a folder in the place of a file of a set', async () => {
    const folder = await newFolder();
    const set = await laySet(folder, 1);
    await mkdir(join(folder, `${set.id}.dump`));
    await expect(folderStore(folder, fakeClock()).remove(set)).rejects.toMatchObject({
      message: `${set.id}.dump in ${folder} is a folder, so ${set.id} is not removed.`,
      hint: 'Look what is in it, and move it away by hand.',
    });
  });

  it('about a data file that is gone or a link', async () => {
    const folder = await newFolder();
    const set = await laySet(folder, 1);
    const store = folderStore(folder, fakeClock());
    const said = {
      message: `The data file of ${set.id} is gone or is not a regular file.`,
      hint: 'npm run backup:list shows what is there.',
    };
    await unlink(join(folder, set.dataFile));
    await expect(store.open(set)).rejects.toMatchObject(said);
    await symlink('/etc/passwd', join(folder, set.dataFile));
    await expect(store.open(set)).rejects.toMatchObject(said);
  });

  it('about a disk that reads back something else', async () => {
    const folder = await newFolder();
    const store = folderStore(folder, fakeClock());
    const pending = await store.begin('kubegram', '.sql', never);
    await pending.discard();
    const wrong = publishData(store, 'data\n', { size_bytes: 4 });
    await expect(wrong).rejects.toMatchObject({
      code: 'store-failed',
      hint: 'The disk or its file system is not to be trusted: check it. Nothing was published.',
    });
  });

  it('about a lock that another has, and one that cannot be taken', async () => {
    const folder = await newFolder();
    const held = takeLock(folder, 'clear', new Date('2026-02-08T21:00:00Z'));
    expect(() => takeLock(folder, 'backup', new Date())).toThrow(
      expect.objectContaining({ code: 'busy', hint: 'Wait until it has ended, then try again.' }),
    );
    held.release();
    const another = await newFolder();
    await writeFile(join(another, lockFile), 'not a database'.repeat(100));
    expect(() => takeLock(another, 'backup', new Date())).toThrow(
      expect.objectContaining({
        code: 'store-failed',
        message: expect.stringMatching(/ cannot be locked: file is not a database\.$/),
        hint: `Look at ${lockFile} in it, or set BACKUP_DIR to a folder on a local disk.`,
        cause: expect.objectContaining({ code: 'ERR_SQLITE_ERROR' }),
      }),
    );
  });
});
