import { pipeline } from 'node:stream';
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { ArchiveDamage, damaged } from './damage.ts';

export type Packing = 'none' | 'gzip' | 'lz4' | 'zstd';

const chunkSize = 256 * 1024;
const decoders = {
  /** In a custom archive the stream of zlib alone, without gzip's frame. */
  zlib: () => createInflate({ chunkSize }),
  gzip: () => createGunzip({ chunkSize }),
  zstd: () => createZstdDecompress({ chunkSize }),
};

/** The decoder's name for a packing; null: there is nothing to unpack. */
export function decoderFor(packing: Packing, framed: boolean): keyof typeof decoders | null {
  if (packing === 'lz4') damaged('it is packed with lz4, which is not read; use zstd or gzip');
  if (packing === 'none') return null;
  return packing === 'gzip' && !framed ? 'zlib' : packing;
}

function isDecoderError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^(Z_|ZSTD_|ERR_)/.test(String(error.code));
}

/**
 * What was packed, of one stream of packed data that must end where the data ends.
 *
 * @param what For the sentence about damage: "the data of … is damaged".
 * @throws ArchiveDamage where it is cut, damaged, or followed by more.
 */
export async function* unpacked(
  chunks: AsyncIterable<Buffer>,
  name: keyof typeof decoders | null,
  what: string,
): AsyncGenerator<Buffer> {
  if (name === null) {
    yield* chunks;
    return;
  }
  let given = 0;
  let allGiven = false;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      given += chunk.length;
      yield chunk;
    }
    allGiven = true;
  }
  const decoder = decoders[name]();
  try {
    yield* pipeline(counted(), decoder, () => {});
  } catch (error) {
    if (error instanceof ArchiveDamage || !isDecoderError(error)) throw error;
    // Of an empty large object pg_dump 17 writes no frame, but an empty file (`Zstd_close` in compress_zstd.c).
    if (name === 'zstd' && allGiven && given === 0) return;
    damaged(`${what} ${error.message === 'unexpected end of file' ? 'is cut' : 'is damaged'}`);
  }
  // A decoder that has seen the end of its stream takes what follows for nothing, silently.
  if (!allGiven || decoder.bytesWritten !== given) damaged(`${what} has more after its end`);
}
