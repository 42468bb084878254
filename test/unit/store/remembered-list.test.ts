import {
  chmod,
  copyFile,
  readFile,
  rename,
  stat,
  truncate,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { writeManifest } from '../../../src/core/manifest.ts';
import type { BackupSet } from '../../../src/core/ports/store.ts';
import { realFiles } from '../../../src/store/files.ts';
import { listSets } from '../../../src/store/list-sets.ts';
import { rememberedList } from '../../../src/store/remembered-list.ts';
import { fault, watchedFiles } from '../../support/store-files.ts';
import { idOf, laySet, manifestOf, newFolder, removeFolders } from '../../support/store-sets.ts';

afterAll(removeFolders);

let folder: string;
let opened: string[];
let broken: string;
/** The calls that fail there. */
let brokenFor: RegExp;
let list: () => Promise<BackupSet[]>;

const file = (nth: number, ending: string): string => join(folder, `${idOf(nth)}${ending}`);
const fresh = (): Promise<BackupSet[]> => listSets(realFiles, folder);
const files = watchedFiles(({ name, paths }) => {
  if (name === 'open') opened.push(...paths);
  if (paths.includes(broken) && brokenFor.test(name)) throw fault('EIO');
});
/** Everything here was written just now; by this clock it is long ago. */
const later = (): number => Date.now() + 60_000;

beforeEach(async () => {
  folder = await newFolder();
  for (const nth of [1, 2, 3]) await laySet(folder, nth);
  opened = [];
  broken = '';
  brokenFor = /./;
  list = rememberedList(files, folder, later);
});

test('as long as nothing changes nothing is read again, and it is the very same list', async () => {
  const first = await list();
  expect(first).toEqual(await fresh());
  expect(first).toHaveLength(3);
  expect(opened).not.toEqual([]);
  opened = [];
  expect(await list()).toBe(first);
  expect(opened).toEqual([]);
});

test('a list of tables alone is no set, at no look', async () => {
  await writeFile(file(5, '_tables.txt'), 'public.t\n');
  expect(await list()).toHaveLength(3);
  expect(await list()).toHaveLength(3);
});

const noted = async (nth: number, path: string): Promise<void> => {
  const { size } = await stat(file(nth, '.sql'));
  const manifest = manifestOf(idOf(nth), { note: 'another', size_bytes: size, sequence: nth });
  await writeFile(path, writeManifest(manifest));
};

test.each<[string, () => Promise<void>]>([
  ['comes in', async () => void (await laySet(folder, 4))],
  ['goes', async () => void (await Promise.all(['.json', '.sql'].map((ending) => unlink(file(2, ending)))))],
  ['loses its data', () => unlink(file(2, '.sql'))],
  ['has its data cut', () => truncate(file(2, '.sql'), 1)],
  ['has its metadata overwritten in place', () => noted(2, file(2, '.json'))],
  [
    'has its metadata replaced by a rename',
    async () => {
      await noted(2, join(folder, 'other'));
      await rename(join(folder, 'other'), file(2, '.json'));
    },
  ],
  [
    'is replaced by metadata of the same size and times',
    async () => {
      const text = await readFile(file(2, '.json'), 'utf8');
      const { atime, mtime } = await stat(file(2, '.json'));
      await writeFile(join(folder, 'other'), text.replace('"schema_version": 1', '"schema_version": 9'));
      await copyFile(join(folder, 'other'), file(2, '.json'));
      await utimes(file(2, '.json'), atime, mtime);
    },
  ],
])('a set that %s is seen at the next look, and no other set is read again', async (_, change) => {
  const first = await list();
  await change();
  opened = [];
  const second = await list();
  expect(second).toEqual(await fresh());
  expect(second).not.toEqual(first);
  expect(opened.filter((path) => path.includes(idOf(1)) || path.includes(idOf(3)))).toEqual([]);
});

test('a file that changed just now is read again: its time may not tell the next change', async () => {
  const soon = rememberedList(files, folder);
  await soon();
  opened = [];
  expect(await soon()).toEqual(await fresh());
  expect(opened).toHaveLength(new Set(opened).size);
  expect(opened.filter((path) => path.endsWith('.json'))).toHaveLength(3);
});

test('a file that changed two seconds ago is read again, a longer time ago it is not', async () => {
  const changed = await Promise.all(
    [1, 2, 3].flatMap((nth) => ['.json', '.sql', '_tables.txt'].map((ending) => stat(file(nth, ending)))),
  );
  const last = Math.max(...changed.map(({ ctimeMs }) => ctimeMs));
  const readAgain = async (ago: number): Promise<string[]> => {
    const look = rememberedList(files, folder, () => last + ago);
    await look();
    opened = [];
    await look();
    return opened;
  };
  expect(await readAgain(2000)).not.toEqual([]);
  expect(await readAgain(2000.5)).toEqual([]);
});

test('the oldest set is gone from the list when it goes', async () => {
  await list();
  await Promise.all(['.json', '.sql'].map((ending) => unlink(file(1, ending))));
  expect((await list()).map(({ id }) => id)).toEqual([idOf(3), idOf(2)]);
});

test.each([/./, /^open$/])('what could not be read is tried again, where %s fails', async (calls) => {
  const states = async (): Promise<string[]> => (await list()).map(({ state }) => state).sort();
  broken = file(2, '.json');
  brokenFor = calls;
  expect(await states()).toEqual(['complete', 'complete', 'unverifiable']);
  broken = '';
  expect(await states()).toEqual(['complete', 'complete', 'complete']);
  await chmod(file(1, '.json'), 0o600);
  expect(await list()).toEqual(await fresh());
});
