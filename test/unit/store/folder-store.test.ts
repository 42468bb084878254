import { mkdir, readdir, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { BackupStore } from '../../../src/core/ports/store.ts';
import { folderStore } from '../../../src/store/folder-store.ts';
import { fault, watchedFiles } from '../../support/store-files.ts';
import { makeFifo } from '../../support/store-folders.ts';
import {
  completeSet,
  contentsOf,
  fakeClock,
  idOf,
  laySet,
  never,
  newFolder,
  publishData,
  removeFolders,
} from '../../support/store-sets.ts';

afterAll(removeFolders);

let store: BackupStore;
let clock: ReturnType<typeof fakeClock>;
const path = (name: string): string => join(store.folder, name);

beforeEach(async () => {
  clock = fakeClock();
  store = folderStore(await newFolder(), clock);
});

describe('claiming an id', () => {
  it('waits for the next second where this one is taken', async () => {
    const ids = [
      await publishData(store, 'a'),
      await publishData(store, 'b'),
      await publishData(store, 'c'),
    ].map(({ id }) => id);
    expect(ids).toEqual([
      'kubegram_backup_20260208_210000',
      'kubegram_backup_20260208_210001',
      'kubegram_backup_20260208_210002',
    ]);
    expect(clock.slept).toEqual([750, 1000]);
  });

  it('takes any trace of a set for taken', async () => {
    for (const name of [
      'kubegram_backup_20260208_210000.dump',
      '.kubegram_backup_20260208_210001.sql.partial',
      'kubegram_backup_20260208_210002_tables.txt',
    ])
      await writeFile(path(name), '');
    expect((await store.begin('kubegram', '.sql', never)).id).toBe('kubegram_backup_20260208_210003');
    expect((await store.begin('other', '.sql', never)).id).toBe('other_backup_20260208_210003');
  });

  it('is given up when the wait is', async () => {
    await publishData(store, 'a');
    const stop = AbortSignal.abort(new Error('Ctrl-C'));
    await expect(store.begin('kubegram', '.sql', stop)).rejects.toThrow('Ctrl-C');
  });

  it('gives each backup the next number, so that a clock set back changes no order', async () => {
    const first = await publishData(store, 'a');
    clock.set('2025-12-31T23:59:59.999Z');
    const second = await publishData(store, 'b');
    clock.set('2026-02-08T20:00:00Z');
    const third = await publishData(store, 'c');
    expect([first, second, third].map(({ manifest }) => manifest.sequence)).toEqual([1, 2, 3]);
    expect(await store.list()).toEqual([third, second, first]);
  });

  it('goes on counting from the newest of all databases, and not from what cannot be verified', async () => {
    await laySet(store.folder, 41);
    await laySet(store.folder, 7);
    await writeFile(path(`${idOf(90)}.sql`), '');
    expect(await store.begin('other', '.sql', never)).toMatchObject({ sequence: 42 });
  });

  it('keeps odd names inside the folder', async () => {
    const pending = await store.begin('../../etc/passwd\n', '.sql', never);
    expect(pending.id).toBe('%2E.%2F..%2Fetc%2Fpasswd%0A_backup_20260208_210000');
  });
});

describe('opening the data of a set', () => {
  it('gives its bytes', async () => {
    const set = await laySet(store.folder, 1);
    expect(Buffer.concat(await (await store.open(set)).toArray()).toString()).toBe('data 1\n');
  });

  it.each([
    ['gone', () => {}],
    ['a link', (file: string) => symlink('/etc/passwd', file)],
    ['a FIFO', (file: string) => makeFifo(file)],
    ['a folder', (file: string) => mkdir(file)],
  ])('is refused where it is %s', async (_what, make) => {
    const set = await laySet(store.folder, 1);
    await unlink(path(set.dataFile));
    await make(path(set.dataFile));
    await expect(store.open(set)).rejects.toMatchObject({ code: 'backup-unverified', exitCode: 4 });
  });

  it('says so where another operation has removed the set meanwhile', async () => {
    const set = await laySet(store.folder, 1);
    await store.remove(set);
    await expect(store.open(set)).rejects.toMatchObject({
      code: 'busy',
      message: `Another operation removed ${set.id} while it was to be read.`,
    });
  });

  it.each(['open', 'handle.stat'])('says what the file system said where %s fails', async (call) => {
    const set = await laySet(store.folder, 1);
    const files = watchedFiles(({ name }) => {
      if (name === call) throw fault('EIO');
    });
    await expect(folderStore(store.folder, clock, files).open(set)).rejects.toMatchObject({
      code: 'store-failed',
    });
  });
});

describe('removing a set', () => {
  it('removes all its files and nothing else', async () => {
    const set = await laySet(store.folder, 1);
    const other = await laySet(store.folder, 2);
    await writeFile(path('README.md'), 'read me');
    await writeFile(path(`${set.id}.notes`), 'mine');
    await store.remove(set);
    expect(Object.keys(await contentsOf(store.folder))).toEqual(
      [
        'README.md',
        `${other.id}.json`,
        `${other.id}.sql`,
        `${other.id}_tables.txt`,
        `${set.id}.notes`,
      ].toSorted(),
    );
  });

  it('takes the metadata first and makes that last before the data goes', async () => {
    const set = await laySet(store.folder, 1);
    const calls: string[] = [];
    const files = watchedFiles(({ name, paths }) => {
      if (/rename|unlink|sync/.test(name))
        calls.push(
          `${name} ${paths.map((one) => one.replace(store.folder, '').replace(set.id, 'X')).join(' ')}`.trim(),
        );
    });
    await folderStore(store.folder, clock, files).remove(set);
    expect(calls.slice(0, 2)).toEqual(['rename /X.json /.X.json.removing', 'handle.sync']);
    expect(calls.slice(2, 4).toSorted()).toEqual(['unlink /X.sql', 'unlink /X_tables.txt']);
    expect(calls.slice(4)).toEqual(['unlink /.X.json.removing', 'handle.sync']);
  });

  it('removes what has no metadata, and what is half gone already', async () => {
    await writeFile(path(`${idOf(3)}.sql`), '');
    await writeFile(path(`.${idOf(3)}.json.removing`), '');
    await store.remove({ state: 'unverifiable', id: idOf(3), dataFile: null, sizeBytes: 0, because: '' });
    await store.remove(completeSet(4));
    expect(await readdir(store.folder)).toEqual([]);
  });

  it('touches nothing where a folder has the name of one of its files', async () => {
    const set = await laySet(store.folder, 1);
    await mkdir(path(`${set.id}.dump`));
    await expect(store.remove(set)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('is a folder'),
    });
    expect(await readdir(store.folder)).toHaveLength(4);
  });
});

describe('the folder', () => {
  it('is made where it is missing, with those above it', async () => {
    const deep = folderStore(path('a/b'), clock);
    await using _lock = await deep.lock('backup');
    expect(await deep.list()).toEqual([]);
  });

  it('tells the free space of its disk', async () => {
    expect(await store.freeBytes()).toBeGreaterThan(0);
    await expect(folderStore(path('none'), clock).freeBytes()).rejects.toMatchObject({
      code: 'store-failed',
    });
  });

  it('is refused where it is a file', async () => {
    await writeFile(path('file'), '');
    for (const folder of ['file', 'file/below']) {
      await expect(folderStore(path(folder), clock).lock('backup')).rejects.toMatchObject({
        code: 'store-failed',
        message: `The backup folder ${path(folder)} is a file, not a folder.`,
      });
    }
  });

  it('is refused where it cannot be made', async () => {
    const files = watchedFiles(({ name }) => {
      if (name === 'mkdir') throw fault('EROFS');
    });
    await expect(folderStore(path('new'), clock, files).lock('backup')).rejects.toMatchObject({
      code: 'store-failed',
      hint: expect.stringContaining('BACKUP_DIR'),
    });
  });
});
