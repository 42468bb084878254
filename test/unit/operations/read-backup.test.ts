import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { examine, openPlain, proveExamined, refuseForbidden } from '../../../src/operations/read-backup.ts';
import type { Run } from '../../../src/operations/run.ts';
import { fault } from '../../support/store-files.ts';
import { type MemoryStore, memoryStore } from '../../support/store-memory.ts';
import { never, sha256 } from '../../support/store-sets.ts';
import { dump } from '../core/dump/dumps.ts';

const run: Run = { signal: never, onProgress: () => {} };

let store: MemoryStore;
beforeEach(() => {
  store = memoryStore();
});

const gzipOr = (compressed: boolean, data: Buffer): Buffer => (compressed ? gzipSync(data) : data);

/** What comes out. */
async function text(plain: AsyncIterable<Buffer>): Promise<string> {
  let all = '';
  for await (const chunk of plain) all += chunk.toString('latin1');
  return all;
}

describe('reading a backup', () => {
  it.each([false, true])(
    'gives the plain dump and the checksum of the file (compressed: %s)',
    async (compressed) => {
      const set = store.add(1, 3, { compressed });
      const { plain, checksum } = await openPlain(store, set, run);
      expect(await text(plain)).toContain('-- PostgreSQL database dump complete');
      expect(checksum()).toBe(sha256(store.data.get(set.id) ?? ''));
    },
  );

  it.each<[string, boolean]>([
    ['plain', false],
    ['compressed', true],
  ])('says that a %s file cannot be read where the disk fails in the middle', async (_what, compressed) => {
    const set = store.add(1, 3, { compressed });
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
    await expect(openPlain(store, set, run).then(({ plain }) => text(plain))).rejects.toMatchObject(failure);
  });

  it.each<[string, (data: Buffer) => Buffer]>([
    ['cut', (data) => data.subarray(0, -9)],
    ['no gzip', () => Buffer.from('no gzip at all')],
    ['flipped', (data) => Buffer.from(data.map((byte, at) => (at === data.length - 6 ? byte ^ 1 : byte)))],
  ])('says that compressed data is damaged that is %s', async (_what, damage) => {
    const set = store.add(1, 300, { compressed: true });
    store.data.set(set.id, damage(store.data.get(set.id) ?? Buffer.alloc(0)));
    const failure = {
      code: 'backup-unverified',
      message: `The backup ${set.id} does not verify: its compressed data is damaged.`,
    };
    await expect(examine(store, set, run, 0)).rejects.toMatchObject(failure);
    await expect(openPlain(store, set, run).then(({ plain }) => text(plain))).rejects.toMatchObject(failure);
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

  it('finds what is behind the end of the compressed data by the checksum', async () => {
    const set = store.add(1, 3, { compressed: true });
    store.data.set(set.id, Buffer.concat([store.data.get(set.id) ?? Buffer.alloc(0), Buffer.from('more')]));
    await expect(
      examine(store, set, run, 0).then((found) => proveExamined(set, found)),
    ).rejects.toMatchObject({
      code: 'backup-unverified',
    });
  });

  it('reads several gzip members as one, as gunzip does', async () => {
    const set = store.add(1, 3);
    const data = store.data.get(set.id) ?? Buffer.alloc(0);
    const joined = Buffer.concat([gzipSync(data.subarray(0, 100)), gzipSync(data.subarray(100))]);
    store.data.set(set.id, joined);
    const { plain } = await openPlain(store, { id: set.id, dataFile: `${set.id}.sql.gz` }, run);
    expect(await text(plain)).toBe(data.toString('latin1'));
  });

  it.each([false, true])('ends with the reason of an interruption (compressed: %s)', async (compressed) => {
    const set = store.add(1, 3, { compressed });
    const stop = new AbortController();
    const stopped: Run = { signal: stop.signal, onProgress: () => stop.abort(new Error('Ctrl-C')) };
    // More is to come when it is interrupted, and never does.
    const file = new Readable({ read() {} });
    file.push(gzipOr(compressed, dump('-- more\n'.repeat(100_000))));
    store.open = async () => file;
    await expect(examine(store, set, stopped, 0)).rejects.toThrow('Ctrl-C');
    expect(file.destroyed).toBe(true);
  });

  it.each([false, true])('that was interrupted before reads nothing (compressed: %s)', async (compressed) => {
    const set = store.add(1, 3, { compressed });
    const signal = AbortSignal.abort(new Error('Ctrl-C'));
    const { plain } = await openPlain(store, set, { ...run, signal });
    await new Promise(setImmediate); // nobody is there yet to hear of it
    await expect(text(plain)).rejects.toThrow('Ctrl-C');
  });

  it('closes the file where its reader has had enough', async () => {
    const set = store.add(1, 3);
    const file = new Readable({ read() {} });
    file.push(dump());
    store.open = async () => file;
    const { plain } = await openPlain(store, set, run);
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
