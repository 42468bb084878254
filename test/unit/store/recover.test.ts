import { copyFile, mkdir, readdir, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { writeManifest } from '../../../src/core/manifest.ts';
import type { BackupStore, CompleteSet } from '../../../src/core/ports/store.ts';
import { folderStore } from '../../../src/store/folder-store.ts';
import { watchedFiles } from '../../support/store-files.ts';
import { makeFifo } from '../../support/store-folders.ts';
import { leaveHalfPublished, leaveHalfWritten } from '../../support/store-leftovers.ts';
import {
  contentsOf,
  expectSound,
  fakeClock,
  idOf,
  laySet,
  manifestOf,
  newFolder,
  removeFolders,
} from '../../support/store-sets.ts';

afterAll(removeFolders);

let store: BackupStore;
let set: CompleteSet;
const path = (name: string): string => join(store.folder, name);

beforeEach(async () => {
  store = folderStore(await newFolder(), fakeClock());
  set = await laySet(store.folder, 1);
});

async function repairs(): Promise<readonly string[]> {
  await using lock = await store.lock('backup');
  return lock.repairs;
}

describe('what a dead process left in the folder', () => {
  it('is nothing where nothing is unfinished', async () => {
    expect(await repairs()).toEqual([]);
    expect(await store.list()).toEqual([set]);
  });

  it('is removed where a backup was still being written', async () => {
    const id = await leaveHalfWritten(store, 'kubegram');
    expect(await repairs()).toEqual([`The unfinished backup ${id} was removed.`]);
    expect(await store.list()).toEqual([set]);
  });

  it('is removed where everything was written but no name was final', async () => {
    const id = idOf(2);
    for (const name of [`.${id}.sql.partial`, `.${id}_tables.txt.partial`]) await writeFile(path(name), '');
    await writeFile(path(`.${id}.json.partial`), writeManifest(manifestOf(id)));
    expect(await repairs()).toEqual([`The unfinished backup ${id} was removed.`]);
    expect(await store.list()).toEqual([set]);
  });

  it('is published where the data had its final name: it was whole before that', async () => {
    const id = await leaveHalfPublished(store, 'kubegram');
    expect(await repairs()).toEqual([`The backup ${id}, complete but not yet published, was published.`]);
    expect((await store.list()).map((one) => one.id).toSorted()).toEqual([set.id, id].toSorted());
    expect(await readdir(store.folder)).toContain(`${id}_tables.txt`);
    await expectSound(store);
  });

  it('is published with the metadata last, and lasts', async () => {
    const id = await leaveHalfPublished(store, 'kubegram');
    const calls: string[] = [];
    const files = watchedFiles(({ name, paths }) => {
      if (/rename|sync/.test(name)) calls.push(`${name} ${paths.at(-1)?.replace(`${store.folder}/`, '')}`);
    });
    await using _lock = await folderStore(store.folder, fakeClock(), files).lock('backup');
    expect(calls).toEqual([`rename ${id}_tables.txt`, `rename ${id}.json`, `handle.sync ${store.folder}`]);
  });

  it.each([
    ['cut', (file: string) => writeFile(file, '{')],
    ['a link', (file: string) => symlink('/etc/passwd', file)],
    ['a FIFO', (file: string) => makeFifo(file)],
  ])('is not published where the metadata is %s; data with its final name stays', async (_what, make) => {
    await unlink(path(`${set.id}.json`));
    await make(path(`.${set.id}.json.partial`));
    expect(await repairs()).toEqual([`The unfinished backup ${set.id} was removed.`]);
    expect(await store.list()).toMatchObject([{ state: 'unverifiable', dataFile: set.dataFile }]);
  });

  it('is given up where the metadata of a set was being replaced, and the set stays as it was', async () => {
    await writeFile(path(`.${set.id}.json.partial`), writeManifest({ ...set.manifest, pinned: true }));
    expect(await repairs()).toEqual([
      `An unfinished change to ${set.id} was given up; the backup itself is as it was.`,
    ]);
    expect(await store.list()).toEqual([set]);
  });

  it('is removed to the end where a removal had begun', async () => {
    const other = await laySet(store.folder, 2);
    await rename(path(`${set.id}.json`), path(`.${set.id}.json.removing`));
    await writeFile(path(`.${set.id}.sql.partial`), '');
    expect(await repairs()).toEqual([`The removal of ${set.id} was finished.`]);
    expect(Object.keys(await contentsOf(store.folder))).toEqual([
      `${other.id}.json`,
      `${other.id}.sql`,
      `${other.id}_tables.txt`,
    ]);
  });

  it('is no reason to remove a set that somebody put back since', async () => {
    await copyFile(path(`${set.id}.json`), path(`.${set.id}.json.removing`));
    expect(await repairs()).toHaveLength(1);
    expect(await store.list()).toEqual([set]);
  });

  it('is settled for each set by itself', async () => {
    await leaveHalfWritten(store, 'a');
    await leaveHalfPublished(store, 'b');
    await rename(path(`${set.id}.json`), path(`.${set.id}.json.removing`));
    expect(await repairs()).toHaveLength(3);
    expect(await store.list()).toMatchObject([{ id: 'b_backup_20260208_210000', state: 'complete' }]);
  });

  it('is not what a folder is, whatever its name: it stays, and the lock is to be had', async () => {
    for (const name of [`.${idOf(2)}.sql.partial`, `.${idOf(3)}.json.removing`, `${idOf(4)}.sql`])
      await mkdir(path(name));
    await writeFile(path(`.${idOf(4)}.json.removing`), '');
    expect(await repairs()).toEqual([`The removal of ${idOf(4)} was finished.`]);
    expect(await repairs()).toEqual([]);
    expect(await readdir(store.folder)).toContain(`${idOf(4)}.sql`);
  });
});
