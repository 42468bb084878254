import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/core/errors.ts';
import type { Dump } from '../../../src/core/ports/shadow.ts';
import { packedAs, plainOf } from '../../../src/operations/arriving-dump.ts';

const sql = Buffer.from(
  Array.from({ length: 100_000 }, (_, n) => `-- line ${n} ${(n * 7919) % 10007}\n`).join(''),
);
const same = (bytes: Buffer): Buffer => bytes;
const forms = {
  plain: { packing: null, pack: same, unpack: same },
  gzip: {
    packing: 'gzip',
    pack: (bytes: Buffer) => gzipSync(bytes),
    unpack: (bytes: Buffer) => gunzipSync(bytes),
  },
  zstd: {
    packing: 'zstd',
    pack: (bytes: Buffer) => zstdCompressSync(bytes),
    unpack: (bytes: Buffer) => zstdDecompressSync(bytes),
  },
} as const;
type Name = keyof typeof forms;
const names: Name[] = ['plain', 'gzip', 'zstd'];
const packedNames: ('gzip' | 'zstd')[] = ['gzip', 'zstd'];

/** A dump that arrives in pieces of this many bytes. */
function arriving(bytes: Buffer, piece = 10_007, finished: Promise<void> = Promise.resolve()): Dump {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  }
  finished.catch(() => {});
  return { stream: pieces(), finished };
}

async function stored(wanted: Name, dump: Dump) {
  const read: Buffer[] = [];
  const bytes = await Array.fromAsync(
    packedAs(forms[wanted].packing, dump, (chunk) => void read.push(chunk)),
  );
  return { bytes: Buffer.concat(bytes), read: Buffer.concat(read) };
}

describe('a dump that arrives', () => {
  it.each(names.flatMap((from) => names.map((to) => [from, to] as const)))(
    'as %s is stored as %s, and all that is stored was read',
    async (from, to) => {
      const arrived = forms[from].pack(sql);
      for (const piece of [10_007, 1 << 20]) {
        const { bytes, read } = await stored(to, arriving(arrived, piece));
        expect(read.equals(sql)).toBe(true);
        expect(forms[to].unpack(bytes).equals(sql)).toBe(true);
        if (from === to) expect(bytes.equals(arrived)).toBe(true);
      }
    },
  );

  it('in single bytes is told by its first ones', async () => {
    const few = sql.subarray(0, 500);
    for (const name of names) {
      const { read } = await stored(name, arriving(forms[name].pack(few), 1));
      expect(read.equals(few)).toBe(true);
    }
  });

  it('without a byte is stored as nothing', async () => {
    expect((await stored('plain', arriving(Buffer.alloc(0)))).bytes).toHaveLength(0);
  });

  it.each(packedNames.flatMap((from) => names.map((to) => [from, to] as const)))(
    'as %s and is cut or damaged is not taken as %s',
    async (from, to) => {
      const arrived = forms[from].pack(sql);
      const middle = arrived.length >> 1;
      const broken = [
        arrived.subarray(0, -1),
        arrived.subarray(0, middle),
        Buffer.concat([arrived, Buffer.alloc(3)]),
        Buffer.concat([arrived.subarray(0, middle), Buffer.alloc(4096, 7), arrived.subarray(middle + 4096)]),
      ];
      if (from === 'zstd') broken.push(Buffer.concat([arrived, forms.zstd.pack(sql.subarray(0, 99))]));
      for (const [nth, bytes] of broken.entries())
        for (const piece of [10_007, 1 << 20])
          await expect(stored(to, arriving(bytes, piece)), `${nth} by ${piece}`).rejects.toMatchObject({
            code: 'dump-failed',
            message: 'What pg_dump wrote did not arrive whole.',
          });
    },
  );

  it.each(names)('cut tells how pg_dump ended, as %s', async (to) => {
    const failed = new OperationError('dump-failed', 'pg_dump failed: of old age.', { hint: 'Try again.' });
    const cut = forms.zstd.pack(sql).subarray(0, 1000);
    await expect(stored(to, arriving(cut, 100, Promise.reject(failed)))).rejects.toBe(failed);
  });

  it.each(packedNames)('plain, of a pg_dump that failed, is not closed as whole %s', async (to) => {
    const failed = new OperationError('dump-failed', 'pg_dump failed: of old age.', { hint: 'Try again.' });
    await expect(stored(to, arriving(sql, 1000, Promise.reject(failed)))).rejects.toBe(failed);
  });

  it.each(names.flatMap((from) => names.map((to) => [from, to] as const)))(
    'as %s, to be stored as %s, fails as its reader does, and ends',
    async (from, to) => {
      const tooLarge = new OperationError('refused', 'Too large.', { hint: 'Less.' });
      let ended = false;
      const { stream } = arriving(forms[from].pack(sql));
      async function* watched(): AsyncGenerator<Buffer> {
        try {
          yield* stream;
        } finally {
          ended = true;
        }
      }
      const dump = { stream: watched(), finished: Promise.resolve() };
      const refuse = (): never => {
        throw tooLarge;
      };
      const work = Array.fromAsync(packedAs(forms[to].packing, dump, refuse));
      await expect(work).rejects.toBe(tooLarge);
      await expect.poll(() => ended).toBe(true);
    },
  );

  it('is given as plain SQL to who wants that', async () => {
    for (const name of names) {
      const chunks = await Array.fromAsync(plainOf(arriving(forms[name].pack(sql))));
      expect(Buffer.concat(chunks).equals(sql)).toBe(true);
    }
  });
});
