import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, rename, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { writeManifest } from '../../../src/core/manifest.ts';
import type { CompleteSet } from '../../../src/core/ports/store.ts';
import { realFiles } from '../../../src/store/files.ts';
import { listSets } from '../../../src/store/list-sets.ts';
import { fault, watchedFiles } from '../../support/store-files.ts';
import { makeFifo } from '../../support/store-folders.ts';
import { idOf, laySet, manifestOf, newFolder, removeFolders } from '../../support/store-sets.ts';

afterAll(removeFolders);

let folder: string;
let set: CompleteSet;
let metadata: string;
let data: string;

beforeEach(async () => {
  folder = await newFolder();
  set = await laySet(folder, 1);
  metadata = join(folder, `${set.id}.json`);
  data = join(folder, set.dataFile);
});

const list = () => listSets(realFiles, folder);
const rewrite = (change: (manifest: Record<string, unknown>) => unknown) =>
  writeFile(metadata, JSON.stringify(change({ ...set.manifest })));

describe('listing a folder', () => {
  it('shows whole sets, the newest by its number first, whatever its id says', async () => {
    const older = manifestOf(idOf(9), { sequence: 0, size_bytes: 0 });
    await writeFile(join(folder, `${idOf(9)}.json`), writeManifest(older));
    await writeFile(join(folder, `${idOf(9)}.sql`), '');
    expect(await list()).toEqual([
      set,
      { state: 'complete', id: idOf(9), dataFile: `${idOf(9)}.sql`, manifest: older },
    ]);
  });

  it('orders sets of the same number by id, and what has none comes last', async () => {
    for (const nth of [3, 2]) {
      const manifest = manifestOf(idOf(nth), { sequence: 1, size_bytes: 0 });
      await writeFile(join(folder, `${idOf(nth)}.json`), writeManifest(manifest));
      await writeFile(join(folder, `${idOf(nth)}.sql`), '');
    }
    await writeFile(join(folder, `${idOf(8)}.sql`), '');
    for (const turned of [false, true]) {
      const readdir = (async (path: string) => {
        const entries = await realFiles.readdir(path, { withFileTypes: true });
        const sorted = entries.sort((a, b) => a.name.localeCompare(b.name));
        return turned ? sorted.reverse() : sorted;
      }) as unknown as typeof realFiles.readdir;
      const sets = await listSets({ ...realFiles, readdir }, folder);
      expect(sets.map(({ id }) => id)).toEqual([idOf(3), idOf(2), idOf(1), idOf(8)]);
    }
  });

  it.each([
    ['.sql.gz', 'plain'],
    ['.sql.zst', 'plain'],
    ['.dump', 'custom'],
    ['.tar', 'directory'],
  ] as const)('shows a compressed set: %s', async (ending, format) => {
    const id = idOf(2);
    const facts = manifestOf(id, { sequence: 2, size_bytes: 1, format, compressed: true });
    await writeFile(join(folder, `${id}.json`), writeManifest(facts));
    await writeFile(join(folder, `${id}${ending}`), 'x');
    expect(await list()).toMatchObject([{ state: 'complete', dataFile: `${id}${ending}` }, { id: set.id }]);
  });

  it('takes no note of files that are not of a set', async () => {
    const foreign = [
      'README.md',
      '.gitignore',
      'notes.json',
      'dump.sql',
      `-${idOf(1)}.sql`,
      `${idOf(1)}.txt`,
    ];
    for (const name of [...foreign, `.${idOf(2)}.sql.partial`, `${idOf(3)}_tables.txt`, 'a\nb.sql'])
      await writeFile(join(folder, name), '{}');
    await mkdir(join(folder, 'older'));
    expect(await list()).toEqual([set]);
  });

  it('is empty where there is no folder', async () => {
    expect(await listSets(realFiles, join(folder, 'none'))).toEqual([]);
  });

  it('says so where the folder is a file or cannot be read', async () => {
    await expect(listSets(realFiles, data)).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('is a file, not a folder'),
    });
    const denied = watchedFiles(({ name }) => {
      if (name === 'readdir') throw fault('EACCES');
    });
    await expect(listSets(denied, folder)).rejects.toMatchObject({ code: 'store-failed' });
  });
});

describe('a set that is not what was published is unverifiable, and the list says why', () => {
  const cases: [string, string, () => unknown][] = [
    ['has no metadata', 'it has no metadata', () => unlink(metadata)],
    ['has empty metadata', 'cut off or is not JSON', () => writeFile(metadata, '')],
    ['has cut metadata', 'cut off or is not JSON', () => truncate(metadata, 300)],
    ['has metadata that is null', 'not of this tool', () => writeFile(metadata, 'null')],
    ['has metadata that is a list', 'not of this tool', () => writeFile(metadata, '[1]')],
    ['has another version', 'of version 2;', () => rewrite((old) => ({ ...old, schema_version: 2 }))],
    [
      'has a version that no text can be made of',
      'of version {"toString":1};',
      () => rewrite((old) => ({ ...old, schema_version: { toString: 1 } })),
    ],
    ['has no version', 'schema_version', () => rewrite(({ schema_version: _, ...old }) => old)],
    ['has wrong types', 'sequence', () => rewrite((old) => ({ ...old, sequence: '1' }))],
    ['has a negative count', 'total_records', () => rewrite((old) => ({ ...old, total_records: -1 }))],
    [
      'has a time that is none',
      'timestamp',
      () => rewrite((old) => ({ ...old, timestamp: '2026-99-99T99:99:99Z' })),
    ],
    ['has a checksum that is none', 'checksum', () => rewrite((old) => ({ ...old, checksum: 'sha256:x' }))],
    ['has an unknown reason', 'reason', () => rewrite((old) => ({ ...old, reason: 'x'.repeat(9_000_000) }))],
    [
      'has seven million wrong entries',
      'tables_backed_up',
      () => rewrite((old) => ({ ...old, tables_backed_up: new Array(7_000_000).fill(0) })),
    ],
    ['is of another backup', 'of another backup', () => rewrite((old) => ({ ...old, backup_id: idOf(2) }))],
    [
      'has a path for an id',
      'backup_id',
      () => rewrite((old) => ({ ...old, backup_id: `../${String(old['backup_id'])}` })),
    ],
    [
      'has more metadata than a set can have',
      'cannot be read',
      () => appendFile(metadata, Buffer.alloc(16 * 1024 * 1024, ' ')),
    ],
    ['has a link for metadata', 'cannot be read', () => replace(metadata, (path) => symlink(data, path))],
    ['has a FIFO for metadata', 'cannot be read', () => replace(metadata, makeFifo)],
    ['has a folder for metadata', 'cannot be read', () => replace(metadata, (path) => mkdir(path))],
    ['has a socket for metadata', 'cannot be read', () => replace(metadata, makeSocket)],
    ['has no data', 'its data file is missing', () => unlink(data)],
    ['has cut data', 'has 6 bytes where', () => truncate(data, 6)],
    ['has longer data', 'has 8 bytes where', () => appendFile(data, 'x')],
    ['has a link for data', 'not a regular file', () => replace(data, (path) => symlink(metadata, path))],
    ['has a FIFO for data', 'not a regular file', () => replace(data, makeFifo)],
    ['has a folder for data', 'not a regular file', () => replace(data, (path) => mkdir(path))],
    ['has two data files', 'two data files', () => writeFile(`${data}.gz`, '')],
    ['is compressed against its metadata', 'another form', () => rename(data, `${data}.gz`)],
    ['is plain against its metadata', 'another form', () => rewrite((old) => ({ ...old, compressed: true }))],
    ['has data of a later format', 'another form', () => rename(data, data.replace('.sql', '.dump'))],
    ['has encrypted data', 'another form', () => rename(data, `${data}.age`)],
  ];

  it.each(cases)('where it %s', async (_what, because, damage) => {
    const other = await laySet(folder, 5);
    await damage();
    const sets = await list();
    expect(sets).toHaveLength(2);
    expect(sets[0]).toEqual(other);
    const [, found] = sets;
    if (found?.state !== 'unverifiable') throw new Error(`It was listed as ${found?.state}.`);
    expect(found.id).toBe(set.id);
    expect(found.because).toContain(because);
    expect(found.because.length).toBeLessThan(250);
  });

  it('and tells how new it is as long as its metadata can be read', async () => {
    const { sequence, reason } = set.manifest;
    await truncate(data, 6);
    expect(await list()).toMatchObject([{ state: 'unverifiable', known: { sequence, reason } }]);
    await truncate(metadata, 6);
    expect(await list()).toMatchObject([{ state: 'unverifiable', known: undefined }]);
  });

  it('where its metadata lies on a bad block or may not be read, and the others are listed', async () => {
    for (const code of ['EIO', 'EACCES'] as const) {
      const files = watchedFiles(({ name, paths }) => {
        if (name === 'open' && paths[0] === metadata) throw fault(code);
      });
      expect(await listSets(files, folder)).toMatchObject([{ because: 'its metadata cannot be read' }]);
    }
  });

  it('and one that has neither data nor metadata that is a file is nothing at all', async () => {
    await rm(data);
    await rm(metadata);
    expect(await list()).toEqual([]);
  });
});

describe('a set on its way in or out', () => {
  it.each(['partial', 'removing'])('is not listed while its metadata is .%s', async (stage) => {
    await rename(metadata, join(folder, `.${set.id}.json.${stage}`));
    expect(await list()).toEqual([]);
  });

  it('is listed as it was while its metadata is being replaced', async () => {
    await writeFile(join(folder, `.${set.id}.json.partial`), 'half');
    expect(await list()).toEqual([set]);
  });

  it.each([
    ['its data', () => data],
    ['its metadata', () => metadata],
  ])('is not listed where %s goes while the folder is read', async (_what, path) => {
    const files = watchedFiles(({ name }) => {
      if (name === 'lstat' || name === 'open') execFileSync('rm', ['-f', path()]);
    });
    expect(await listSets(files, folder)).toEqual([]);
  });
});

async function replace(path: string, by: (path: string) => unknown): Promise<void> {
  await unlink(path);
  await by(path);
}

function makeSocket(path: string): void {
  const script = 'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, 9))';
  try {
    execFileSync(process.execPath, ['-e', script, path], { stdio: 'ignore' });
  } catch {
    // It killed itself, so that the socket stays.
  }
}
