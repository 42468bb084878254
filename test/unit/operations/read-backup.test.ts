import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { plainFormats } from '../../../src/core/backup-format.ts';
import {
  examine,
  isWhole,
  openData,
  proveExamined,
  refuseForbidden,
} from '../../../src/operations/read-backup.ts';
import type { Run } from '../../../src/operations/run.ts';
import { fault } from '../../support/store-files.ts';
import { type MemoryStore, memoryStore, packed } from '../../support/store-memory.ts';
import { never, sha256 } from '../../support/store-sets.ts';
import { dump } from '../core/dump/dumps.ts';

const run: Run = { signal: never, onProgress: () => {} };

let store: MemoryStore;
beforeEach(() => {
  store = memoryStore();
});

/** What comes out. */
async function text(plain: AsyncIterable<Buffer>): Promise<string> {
  let all = '';
  for await (const chunk of plain) all += chunk.toString('latin1');
  return all;
}

describe('reading a backup', () => {
  it.each(plainFormats)('gives the plain dump and the checksum of the file (format: %s)', async (as) => {
    const set = store.add(1, 3, { as });
    const { data: plain, checksum } = await openData(store, set, run);
    expect(await text(plain)).toContain('-- PostgreSQL database dump complete');
    expect(checksum()).toBe(sha256(store.data.get(set.id) ?? ''));
  });

  it.each(plainFormats)(
    'says that a %s file cannot be read where the disk fails in the middle',
    async (as) => {
      const set = store.add(1, 3, { as });
      const data = store.data.get(set.id) ?? Buffer.alloc(0);
      store.open = async () =>
        Readable.from(
          (async function* () {
            yield data.subarray(0, data.length / 2);
            throw fault('EIO');
          })(),
        );
      const failure = {
        code: 'backup-unverified',
        message: `The backup ${set.id} does not verify: it cannot be read: EIO: as the test wants it.`,
      };
      await expect(examine(store, set, run, 0)).rejects.toMatchObject(failure);
      await expect(openData(store, set, run).then(({ data }) => text(data))).rejects.toMatchObject(failure);
    },
  );

  it('tells a set that is what its metadata says from one that has another row, is cut, or is gone', async () => {
    const [sound, cut, other, gone] = [1, 2, 3, 4].map((nth) => store.add(nth, 3));
    if (!sound || !cut || !other || !gone) throw new Error('there are four');
    const data = store.data.get(sound.id) ?? Buffer.alloc(0);
    store.data.set(cut.id, data.subarray(0, -40));
    store.data.set(other.id, store.data.get(store.add(5, 4).id) ?? data);
    store.data.delete(gone.id);
    const whole = await Promise.all([sound, cut, other, gone].map((set) => isWhole(store, set, run)));
    expect(whole).toEqual([true, false, false, false]);
  });

  it('tells how far it is, of the file', async () => {
    const told: unknown[] = [];
    const set = store.add(1, 3);
    await examine(store, set, { ...run, onProgress: (progress) => void told.push(progress) }, 0);
    const size = store.data.get(set.id)?.length;
    expect(told.at(-1)).toMatchObject({ phase: expect.stringMatching(/^Checking/), bytes: size });
  });

  const damages: [string, (data: Buffer) => Buffer][] = [
    ['cut', (data) => data.subarray(0, -9)],
    ['of another kind', () => Buffer.from('no packed data at all')],
    ['flipped', (data) => Buffer.from(data.map((byte, at) => (at === data.length - 6 ? byte ^ 1 : byte)))],
  ];
  it.each(
    (['gzip', 'zstd'] as const).flatMap((as) => damages.map(([what, damage]) => [as, what, damage] as const)),
  )('says that %s data is damaged that is %s', async (as, _what, damage) => {
    const set = store.add(1, 300, { as });
    store.data.set(set.id, damage(store.data.get(set.id) ?? Buffer.alloc(0)));
    const failure = {
      code: 'backup-unverified',
      message: `The backup ${set.id} does not verify: its compressed data is damaged.`,
    };
    await expect(examine(store, set, run, 0)).rejects.toMatchObject(failure);
    await expect(openData(store, set, run).then(({ data }) => text(data))).rejects.toMatchObject(failure);
  });

  it('says what a source said that fails with no error at all', async () => {
    const set = store.add(1, 3);
    store.open = async () => {
      const file = new Readable({ read: () => void file.destroy('gone' as unknown as Error) });
      return file;
    };
    await expect(examine(store, set, run, 0)).rejects.toMatchObject({
      message: `The backup ${set.id} does not verify: it cannot be read: gone.`,
    });
  });

  it.each<['gzip' | 'zstd', string, Buffer]>([
    ['gzip', 'zeros', Buffer.alloc(20)],
    ['zstd', 'zeros', Buffer.alloc(20)],
    ['zstd', 'anything', Buffer.from('more')],
    // Node's decoder passes over a second frame that comes in one piece with the first: nothing may be lost in silence.
    ['zstd', 'more packed data', zstdCompressSync('-- more\n')],
  ])('refuses %s data with %s behind its end, whatever its metadata says', async (as, _what, more) => {
    const set = store.add(1, 3, { as });
    store.data.set(set.id, Buffer.concat([store.data.get(set.id) ?? Buffer.alloc(0), more]));
    await expect(examine(store, set, run, 0)).rejects.toMatchObject({
      code: 'backup-unverified',
      message: `The backup ${set.id} does not verify: something stands behind the end of its compressed data.`,
    });
  });

  it('reads several gzip members as one, as gunzip does', async () => {
    const set = store.add(1, 3);
    const data = store.data.get(set.id) ?? Buffer.alloc(0);
    const joined = Buffer.concat([gzipSync(data.subarray(0, 100)), gzipSync(data.subarray(100))]);
    store.data.set(set.id, joined);
    const { data: plain } = await openData(store, { id: set.id, dataFile: `${set.id}.sql.gz` }, run);
    expect(await text(plain)).toBe(data.toString('latin1'));
  });

  it('reads an archive through as it is', async () => {
    const set = store.add(1, 3, { as: 'custom' });
    const progress: unknown[] = [];
    const { checksum, facts } = await examine(
      store,
      set,
      { signal: never, onProgress: (event) => void progress.push(event) },
      9,
    );
    const bytes = set.manifest.size_bytes;
    expect(checksum).toBe(set.manifest.checksum);
    expect(facts).toMatchObject({ complete: true, rows: 3, forbidden: null, bytes });
    expect(progress).toMatchObject([{ phase: 'Checking', bytes, expectedBytes: 9 }]);
  });

  it('says what is missing of an archive, and reads all of it nevertheless', async () => {
    const set = store.add(1, 3, { as: 'custom' });
    const data = (store.data.get(set.id) ?? Buffer.alloc(0)).subarray(0, -1);
    store.data.set(set.id, data);
    const vouched = { ...set, manifest: { ...set.manifest, checksum: sha256(data) } };
    const examination = await examine(store, set, run, 0);
    expect(() => proveExamined(vouched, examination)).toThrow(
      `The backup ${set.id} does not verify: it is incomplete: it ends inside `,
    );
  });

  it.each(plainFormats)('ends with the reason of an interruption (format: %s)', async (as) => {
    const set = store.add(1, 3, { as });
    const stop = new AbortController();
    const stopped: Run = { signal: stop.signal, onProgress: () => stop.abort(new Error('Ctrl-C')) };
    // More is to come when it is interrupted, and never does.
    const file = new Readable({ read() {} });
    file.push(packed(as, dump('-- more\n'.repeat(100_000))));
    store.open = async () => file;
    await expect(examine(store, set, stopped, 0)).rejects.toThrow('Ctrl-C');
    expect(file.destroyed).toBe(true);
  });

  it.each(plainFormats)('that was interrupted before reads nothing (format: %s)', async (as) => {
    const set = store.add(1, 3, { as });
    const signal = AbortSignal.abort(new Error('Ctrl-C'));
    const { data: plain } = await openData(store, set, { ...run, signal });
    await new Promise(setImmediate); // nobody is there yet to hear of it
    await expect(text(plain)).rejects.toThrow('Ctrl-C');
  });

  it('closes the file where its reader has had enough', async () => {
    const set = store.add(1, 3);
    const file = new Readable({ read() {} });
    file.push(dump());
    store.open = async () => file;
    const { data: plain } = await openData(store, set, run);
    for await (const _ of plain) break;
    await expect.poll(() => file.destroyed).toBe(true);
  });
});

describe('what was read of a backup', () => {
  /** Puts another file in the place of the data; its checksum may go into the metadata, too. */
  function replace(data: Buffer, vouched: boolean) {
    const set = store.add(1, 3);
    store.data.set(set.id, data);
    return vouched ? { ...set, manifest: { ...set.manifest, checksum: sha256(data) } } : set;
  }
  const threeRows = dump('COPY public.users (name) FROM stdin;\na\nb\nc\n\\.\n\n');

  it.each<[string, Buffer, boolean, RegExp | null]>([
    ['as it was published', threeRows, true, null],
    [
      'of another checksum',
      threeRows,
      false,
      /: its checksum is sha256:\w+ where the metadata says sha256:\w+\.$/,
    ],
    ['cut, and vouched for', threeRows.subarray(0, -60), true, /: it is incomplete: .+\.$/],
    ['of other rows, and vouched for', dump(), true, /: it has 0 rows where the metadata says 3\.$/],
  ])('is taken or refused where the file is %s', async (_what, data, vouched, said) => {
    const set = replace(data, vouched);
    const examination = await examine(store, set, run, 0);
    const prove = () => proveExamined(set, examination);
    if (said === null) expect(prove).not.toThrow();
    else
      expect(prove).toThrow(
        expect.objectContaining({ code: 'backup-unverified', message: expect.stringMatching(said) }),
      );
  });

  it.each<[string, string, string | null]>([
    ['what pg_dump writes', '', null],
    ['a command of psql', '\\! touch /tmp/canary\n', 'line 16 holds '],
  ])('is refused before anything of it is run where it holds %s: %j', async (_what, planted, said) => {
    const set = replace(dump(planted), true);
    const examination = await examine(store, set, run, 0);
    const refuse = () => refuseForbidden(set, examination);
    if (said === null) expect(refuse).not.toThrow();
    else
      expect(refuse).toThrow(
        expect.objectContaining({
          code: 'refused',
          message: expect.stringContaining(`${set.id} is refused: ${said}`),
        }),
      );
  });
});
