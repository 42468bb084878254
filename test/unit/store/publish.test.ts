import { appendFile, chmod, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/core/errors.ts';
import type { Progress } from '../../../src/core/progress.ts';
import { folderStore } from '../../../src/store/folder-store.ts';
import { type FileCall, watchedFiles } from '../../support/store-files.ts';
import {
  contentsOf,
  fakeClock,
  laySet,
  manifestOf,
  never,
  newFolder,
  publishData,
  removeFolders,
  sha256,
} from '../../support/store-sets.ts';

afterAll(removeFolders);

const umask = process.umask();
afterEach(() => {
  process.umask(umask);
});

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o7777).toString(8);

describe('publishing a backup', () => {
  it.each([0o000, 0o022, 0o077, 0o177])(
    'makes files of mode 600 in a folder of mode 700 under umask %o',
    async (mask) => {
      const parent = await newFolder();
      process.umask(mask);
      const folder = join(parent, 'backups');
      const store = folderStore(folder, fakeClock());
      await using _lock = await store.lock('backup');
      const set = await publishData(store, 'data\n');
      await store.update(set, { ...set.manifest, pinned: true });
      expect(await modeOf(folder)).toBe('700');
      for (const name of await readdir(folder))
        expect([name, await modeOf(join(folder, name))]).toEqual([name, '600']);
    },
  );

  it('leaves the mode of a folder alone that somebody else made', async () => {
    const folder = await newFolder();
    await chmod(folder, 0o750);
    const store = folderStore(folder, fakeClock());
    await using _lock = await store.lock('backup');
    expect(await modeOf(folder)).toBe('750');
  });

  it('gives the three files that the metadata describes', async () => {
    const store = folderStore(await newFolder(), fakeClock());
    await using _lock = await store.lock('backup');
    const set = await publishData(store, 'data\n', { tables_backed_up: ['public.users', '"Odd".t'] });
    expect(set.id).toBe('kubegram_backup_20260208_210000');
    const contents = await contentsOf(store.folder);
    expect(Object.keys(contents)).toEqual([`${set.id}.json`, `${set.id}.sql`, `${set.id}_tables.txt`]);
    expect(contents[`${set.id}.sql`]).toBe('data\n');
    expect(contents[`${set.id}_tables.txt`]).toBe('public.users\n"Odd".t\n');
    expect(JSON.parse(contents[`${set.id}.json`] ?? '')).toMatchObject(set.manifest);
    expect(await store.list()).toEqual([set]);
  });

  it('gives the final names in the order data, table list, metadata, and syncs before each step', async () => {
    const calls: string[] = [];
    const short = (path: string): string => path.replace(/^.*\//, '').replace(/kubegram_backup_\d+_\d+/, 'X');
    const spy = ({ name, paths }: FileCall): void => {
      if (/rename|sync|write/.test(name)) calls.push([name, ...paths.map(short)].join(' '));
    };
    const folder = join(await newFolder(), 'B');
    const store = folderStore(folder, fakeClock(), watchedFiles(spy));
    await using _lock = await store.lock('backup');
    await publishData(store, 'data\n');
    expect(calls).toEqual([
      'handle.write .X.sql.partial',
      'handle.sync .X.sql.partial',
      'handle.writeFile .X_tables.txt.partial',
      'handle.sync .X_tables.txt.partial',
      'handle.writeFile .X.json.partial',
      'handle.sync .X.json.partial',
      'handle.sync B',
      'rename .X.sql.partial X.sql',
      'rename .X_tables.txt.partial X_tables.txt',
      'handle.sync B',
      'rename .X.json.partial X.json',
      'handle.sync B',
    ]);
  });

  it('hashes and counts what arrives in any pieces, and tells how far the check is', async () => {
    const store = folderStore(await newFolder(), fakeClock());
    await using _lock = await store.lock('backup');
    const pieces = [
      Buffer.alloc(0),
      Buffer.alloc(1_500_000, 'a'),
      Buffer.from('é'),
      Buffer.alloc(700_000, 'b'),
    ];
    const whole = Buffer.concat(pieces);
    const pending = await store.begin('kubegram', '.sql.gz', never);
    const written = await pending.write(Readable.from(pieces), never);
    expect(written).toEqual({ sizeBytes: whole.length, checksum: sha256(whole) });
    const told: Progress[] = [];
    const facts = { checksum: written.checksum, size_bytes: written.sizeBytes, compressed: true };
    const set = await pending.publish(manifestOf(pending.id, facts), (progress) => told.push(progress));
    const phase = 'Checking what was written';
    expect(told.at(-1)).toEqual({ phase, bytes: whole.length, expectedBytes: whole.length });
    expect(await store.list()).toEqual([set]);
    expect(Buffer.concat(await (await store.open(set)).toArray()).equals(whole)).toBe(true);
  });

  it.each([
    ['a flipped byte', (path: string) => writeFile(path, 'dAta\n')],
    ['a cut', (path: string) => truncate(path, 3)],
    ['something appended', (path: string) => appendFile(path, 'x')],
  ])('refuses what was read back with %s, and nothing of it is visible', async (_what, damage) => {
    const store = folderStore(await newFolder(), fakeClock());
    const before = await laySet(store.folder, 1);
    await using _lock = await store.lock('backup');
    const pending = await store.begin('kubegram', '.sql', never);
    const written = await pending.write(Readable.from([Buffer.from('data\n')]), never);
    await damage(join(store.folder, `.${pending.id}.sql.partial`));
    const manifest = manifestOf(pending.id, { checksum: written.checksum, size_bytes: written.sizeBytes });
    await expect(pending.publish(manifest, () => {})).rejects.toMatchObject({
      code: 'store-failed',
      message: 'What was read back from the disk is not what was written.',
    });
    expect(await store.list()).toEqual([before]);
    await pending.discard();
    expect(Object.keys(await contentsOf(store.folder))).toEqual([
      `${before.id}.json`,
      `${before.id}.sql`,
      `${before.id}_tables.txt`,
    ]);
  });

  it('refuses what a disk read back otherwise, though it wrote it without a word', async () => {
    let isReading = false;
    const files = watchedFiles(({ name }) => {
      isReading = name === 'handle.read';
    });
    const flipping = {
      ...files,
      open: (async (...args: Parameters<typeof files.open>) => {
        const handle = await files.open(...args);
        return new Proxy(handle, {
          get(target, key) {
            if (key !== 'read') return Reflect.get(target, key, target);
            return async (buffer: Buffer, offset: number, length: number, position: number) => {
              const result = await target.read(buffer, offset, length, position);
              buffer.writeUInt8(buffer.readUInt8(0) ^ 1, 0);
              return result;
            };
          },
        });
      }) as typeof files.open,
    };
    const store = folderStore(await newFolder(), fakeClock(), flipping);
    await using _lock = await store.lock('backup');
    await expect(publishData(store, 'data\n')).rejects.toMatchObject({ code: 'store-failed' });
    expect(isReading).toBe(false);
    expect(await contentsOf(store.folder)).toEqual({});
  });

  it('shows nothing of a backup before its metadata has its final name', async () => {
    const seen: string[][] = [];
    const folder = await newFolder();
    const onlooker = folderStore(folder, fakeClock());
    const looks: Promise<void>[] = [];
    const files = watchedFiles(() => {});
    const store = folderStore(folder, fakeClock(), {
      ...files,
      rename: async (from, to) => {
        seen.push((await onlooker.list()).map((set) => set.state));
        await files.rename(from, to);
        looks.push(onlooker.list().then((sets) => void seen.push(sets.map((set) => set.state))));
        await looks.at(-1);
      },
    });
    await using _lock = await store.lock('backup');
    const set = await publishData(store, 'data\n');
    expect(seen).toEqual([[], [], [], [], [], ['complete']]);
    await store.remove(set);
    expect(seen.slice(6)).toEqual([['complete'], []]);
  });

  it('passes on why the source failed, and is discarded without a trace', async () => {
    const store = folderStore(await newFolder(), fakeClock());
    await using _lock = await store.lock('backup');
    const failed = new OperationError('dump-failed', 'pg_dump said no.');
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('half');
        throw failed;
      })(),
    );
    const pending = await store.begin('kubegram', '.sql', never);
    await expect(pending.write(source, never)).rejects.toBe(failed);
    await pending.discard();
    expect(await contentsOf(store.folder)).toEqual({});
  });

  it('stops at an interruption, for the reason that was given', async () => {
    const store = folderStore(await newFolder(), fakeClock());
    await using _lock = await store.lock('backup');
    const stop = new AbortController();
    const reason = new OperationError('interrupted', 'Interrupted.');
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('half');
        stop.abort(reason);
        yield Buffer.from('more');
      })(),
    );
    const pending = await store.begin('kubegram', '.sql', stop.signal);
    await expect(pending.write(source, stop.signal)).rejects.toBe(reason);
    await pending.discard();
    expect(await contentsOf(store.folder)).toEqual({});
  });

  it('keeps a published set although it is discarded afterwards', async () => {
    const store = folderStore(await newFolder(), fakeClock());
    await using _lock = await store.lock('backup');
    const pending = await store.begin('kubegram', '.sql', never);
    const written = await pending.write(Readable.from([Buffer.from('data\n')]), never);
    const set = await pending.publish(
      manifestOf(pending.id, { checksum: written.checksum, size_bytes: written.sizeBytes }),
      () => {},
    );
    await pending.discard();
    expect(await store.list()).toEqual([set]);
  });

  it('closes every file that it opens, and makes a change of metadata last', async () => {
    const calls: string[] = [];
    const files = watchedFiles(({ name }) => calls.push(name));
    const store = folderStore(await newFolder(), fakeClock(), files);
    await using _lock = await store.lock('backup');
    const set = await publishData(store, 'data\n');
    const published = calls.length;
    await store.update(set, { ...set.manifest, pinned: true });
    const steps = calls.slice(published).filter((name) => /rename|sync|writeFile/.test(name));
    expect(steps).toEqual(['handle.writeFile', 'handle.sync', 'rename', 'handle.sync']);
    await store.remove(set);
    const count = (wanted: string): number => calls.filter((name) => name === wanted).length;
    expect(count('handle.close')).toBe(count('open'));
  });

  it('replaces metadata as a whole', async () => {
    const store = folderStore(await newFolder(), fakeClock());
    const set = await laySet(store.folder, 1);
    await using _lock = await store.lock('pin');
    await writeFile(join(store.folder, `.${set.id}.json.partial`), 'left over');
    const pinned = await store.update(set, { ...set.manifest, pinned: true });
    expect(pinned.manifest.pinned).toBe(true);
    expect(await store.list()).toEqual([pinned]);
    expect(JSON.parse(await readFile(join(store.folder, `${set.id}.json`), 'utf8')).pinned).toBe(true);
  });
});
