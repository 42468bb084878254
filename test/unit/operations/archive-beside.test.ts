import { describe, expect, it } from 'vitest';
import { archiveBeside } from '../../../src/operations/archive-beside.ts';
import { customArchive } from '../core/archive/archives.ts';

const lines = Array.from({ length: 300_000 }, (_, n) => `${n * 7919} ${n}\n`).join('');
const archive = customArchive({
  packing: 'none',
  entries: [
    {
      desc: 'TABLE DATA',
      section: 3,
      copyStmt: 'COPY public.t (a) FROM stdin;\n',
      data: `${lines}\\.\n\n\n`,
    },
  ],
});

async function* arriving(bytes: Buffer, fail?: Error): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += 65_536) yield bytes.subarray(from, from + 65_536);
  if (fail !== undefined) throw fail;
}

describe('an archive that is read while it is stored', () => {
  it('is given as it is, and read to its end by the time the last of it was taken', async () => {
    expect(archive.length).toBeGreaterThan(3_000_000); // more than may be stored ahead of the reader
    let seen = { bytes: 0, rows: 0 };
    const { bytes, facts } = archiveBeside('custom', arriving(archive), (now) => {
      seen = { ...now };
    });
    expect(Buffer.concat(await Array.fromAsync(bytes)).equals(archive)).toBe(true);
    expect(seen.bytes).toBe(archive.length);
    expect(await facts()).toMatchObject({ complete: true, rows: 300_000, bytes: archive.length });
  });

  it('is given whole where it is damaged, and that is in what was read', async () => {
    const cut = archive.subarray(0, -1);
    const { bytes, facts } = archiveBeside('custom', arriving(cut), () => {});
    expect(Buffer.concat(await Array.fromAsync(bytes)).equals(cut)).toBe(true);
    expect(await facts()).toMatchObject({ complete: false });
  });

  it('ends with what its source or its reader throws', async () => {
    const broken = archiveBeside('custom', arriving(archive, new Error('broken off')), () => {});
    await expect(Array.fromAsync(broken.bytes)).rejects.toThrow('broken off');
    await expect(broken.facts()).rejects.toThrow();
    const tooLarge = archiveBeside('custom', arriving(archive), ({ bytes }) => {
      if (bytes > 500_000) throw new Error('too large');
    });
    let given = 0;
    const taking = async () => {
      for await (const chunk of tooLarge.bytes) given += chunk.length;
    };
    await expect(taking()).rejects.toThrow('too large');
    expect(given).toBeLessThan(archive.length);
  });

  it('is no longer read where its taker has had enough', async () => {
    let ended = false;
    async function* source(): AsyncGenerator<Buffer> {
      try {
        yield* arriving(archive);
      } finally {
        ended = true;
      }
    }
    const { bytes, facts } = archiveBeside('custom', source(), () => {});
    for await (const _ of bytes) break;
    expect(ended).toBe(true);
    await expect(facts()).rejects.toThrow();
  });
});
