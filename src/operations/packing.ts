import type { Transform } from 'node:stream';
import {
  constants,
  createGunzip,
  createGzip,
  createZstdCompress,
  createZstdDecompress,
  type Gunzip,
  type ZstdDecompress,
} from 'node:zlib';
import type { Packing } from '../core/backup-format.ts';

const chunkSize = 1024 * 1024;
const quick = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_checksumFlag]: 1,
};

/** Packs what is written to it, for a dump that did not come packed as it is to be stored. */
export function packer(packing: Packing): Transform {
  return packing === 'zstd'
    ? createZstdCompress({ chunkSize, params: quick })
    : createGzip({ chunkSize, level: 1 });
}

/** Its `bytesWritten` counts what it took for packed data: not what stands behind the end of that. */
export function unpacker(packing: Packing): Gunzip | ZstdDecompress {
  return packing === 'zstd' ? createZstdDecompress({ chunkSize }) : createGunzip({ chunkSize });
}

const magic = { zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), gzip: Buffer.from([0x1f, 0x8b]) };

/** How a stream is packed that begins with these bytes. A dump begins with a comment, neither's data do. */
export function packingOfHead(head: Buffer): Packing | null {
  if (head.subarray(0, 4).equals(magic.zstd)) return 'zstd';
  return head.subarray(0, 2).equals(magic.gzip) ? 'gzip' : null;
}

/** Whether unpacking failed because the end is missing, not because of what has arrived. */
export function isCutOff(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
}

/**
 * Throws where bytes stand behind the end of what was packed: the decoder of zstd passes over them without a word where
 * they came in one piece with the end, even if they are packed data too (Node 24).
 */
export function requireWholeRead({ bytesWritten }: { bytesWritten: number }, bytes: number): void {
  if (bytesWritten !== bytes) throw new Error('something stands behind the end of the packed data');
}
