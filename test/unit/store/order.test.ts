import { rename, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { writeManifest } from '../../../src/core/manifest.ts';
import type { BackupStore, CompleteSet } from '../../../src/core/ports/store.ts';
import type { Files } from '../../../src/store/files.ts';
import { folderStore } from '../../../src/store/folder-store.ts';
import { watchedFiles } from '../../support/store-files.ts';
import { contentsOf, fakeClock, laySet, newFolder, removeFolders } from '../../support/store-sets.ts';

afterAll(removeFolders);

let folder: string;
let set: CompleteSet;
let calls: string[];
const path = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await newFolder();
  set = await laySet(folder, 1);
  calls = [];
});

/** A store whose folder lists its files in one order or the other: file systems list them in any. */
function storeThatLists(order: 'forwards' | 'backwards'): BackupStore {
  const watched = watchedFiles(({ name, paths }) => {
    const short = paths.map((one) => one.slice(folder.length + 1).replace(set.id, 'X'));
    if (/rename|unlink/.test(name)) calls.push([name, ...short].join(' '));
  });
  const readdir = async (...args: Parameters<Files['readdir']>) => {
    const entries = (await watched.readdir(...args)).sort((a, b) => (a.name < b.name ? -1 : 1));
    return order === 'forwards' ? entries : entries.reverse();
  };
  return folderStore(folder, fakeClock(), { ...watched, readdir: readdir as Files['readdir'] });
}

async function repairs(order: 'forwards' | 'backwards'): Promise<readonly string[]> {
  await using lock = await storeThatLists(order).lock('backup');
  return lock.repairs;
}

describe.each(['forwards', 'backwards'] as const)(
  'in a folder that is listed %s, what a kill left',
  (order) => {
    it('is removed with its mark last, so that it is known as a removal until its end', async () => {
      await rename(path(`${set.id}.json`), path(`.${set.id}.json.removing`));
      await writeFile(path(`.${set.id}.sql.partial`), '');
      expect(await repairs(order)).toEqual([`The removal of ${set.id} was finished.`]);
      expect(calls).toHaveLength(4);
      expect(calls.at(-1)).toBe('unlink .X.json.removing');
      expect(await contentsOf(folder)).toEqual({});
    });

    it('is published with its metadata last', async () => {
      await rename(path(`${set.id}.json`), path(`.${set.id}.json.partial`));
      await rename(path(`${set.id}_tables.txt`), path(`.${set.id}_tables.txt.partial`));
      expect(await repairs(order)).toEqual([
        `The backup ${set.id}, complete but not yet published, was published.`,
      ]);
      expect(calls).toEqual(['rename .X_tables.txt.partial X_tables.txt', 'rename .X.json.partial X.json']);
    });

    it('is not published where only the list of tables has its final name', async () => {
      await unlink(path(set.dataFile));
      await rename(path(`${set.id}.json`), path(`.${set.id}.json.partial`));
      expect(await repairs(order)).toEqual([`The unfinished backup ${set.id} was removed.`]);
      expect(await storeThatLists(order).list()).toEqual([]);
    });

    it('is not published where there is no metadata of it; the data stays', async () => {
      await unlink(path(`${set.id}.json`));
      await rename(path(`${set.id}_tables.txt`), path(`.${set.id}_tables.txt.partial`));
      expect(await repairs(order)).toEqual([`The unfinished backup ${set.id} was removed.`]);
      expect(Object.keys(await contentsOf(folder))).toEqual([set.dataFile]);
    });
  },
);

describe('a removal', () => {
  it('that was begun is gone on with by its mark, which is not marked again', async () => {
    await rename(path(`${set.id}.json`), path(`.${set.id}.json.removing`));
    await storeThatLists('forwards').remove(set);
    expect(calls.filter((call) => call.startsWith('rename'))).toEqual([]);
    expect(calls.at(-1)).toBe('unlink .X.json.removing');
  });

  it('marks metadata that is not published yet, too', async () => {
    await rename(path(`${set.id}.json`), path(`.${set.id}.json.partial`));
    await storeThatLists('forwards').remove(set);
    expect(calls[0]).toBe('rename .X.json.partial .X.json.removing');
    expect(await contentsOf(folder)).toEqual({});
  });
});

describe('looking at the folder', () => {
  it('passes over a set that goes while it is looked at, and shows the others', async () => {
    const other = await laySet(folder, 2);
    const files = watchedFiles(() => {});
    const lstat = async (...args: Parameters<Files['lstat']>) => {
      if (String(args[0]).endsWith(set.dataFile)) await unlink(String(args[0]));
      return files.lstat(...args);
    };
    const store = folderStore(folder, fakeClock(), { ...files, lstat: lstat as Files['lstat'] });
    expect(await store.list()).toEqual([other]);
  });

  it('tells what of a set that cannot be verified lies there', async () => {
    await unlink(path(`${set.id}.json`));
    await writeFile(path(set.dataFile), 'seven b');
    expect(await storeThatLists('forwards').list()).toMatchObject([{ dataFile: set.dataFile, sizeBytes: 7 }]);
    await writeFile(path(`${set.id}.sql.gz`), '');
    expect(await storeThatLists('forwards').list()).toMatchObject([
      { because: `there are two data files, ${set.id}.sql and ${set.id}.sql.gz` },
    ]);
  });

  it.each([
    [0, 'complete'],
    [1, 'unverifiable'],
  ])('reads metadata of 16 MiB and %d bytes as %s', async (more, state) => {
    const limit = 16 * 1024 * 1024;
    await writeFile(path(`${set.id}.json`), writeManifest(set.manifest).padEnd(limit + more));
    expect(await storeThatLists('forwards').list()).toMatchObject([{ state }]);
  });

  it('shows a set whose list of tables somebody changed as one that cannot be verified, and one without it whole', async () => {
    const tables = path(`${set.id}_tables.txt`);
    await writeFile(tables, 'public.users\npublic.added\n');
    const because = `its list of tables is not as it was written (${set.id}_tables.txt)`;
    expect(await storeThatLists('forwards').list()).toMatchObject([{ state: 'unverifiable', because }]);
    await unlink(tables);
    expect(await storeThatLists('forwards').list()).toEqual([set]);
  });

  it('counts the free space in bytes', async () => {
    const statfs = (async () => ({ bavail: 10, bsize: 4096 })) as unknown as Files['statfs'];
    const store = folderStore(folder, fakeClock(), { ...watchedFiles(() => {}), statfs });
    expect(await store.freeBytes()).toBe(40_960);
  });

  it('opens no socket in the place of the data', async () => {
    await unlink(path(set.dataFile));
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(path(set.dataFile), resolve));
    await expect(storeThatLists('forwards').open(set)).rejects.toMatchObject({ code: 'backup-unverified' });
    server.close();
  });
});
