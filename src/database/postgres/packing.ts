import { pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';

/**
 * Runs its arguments and packs what they print, with the best that is there: the way out of a container costs two to
 * three times what the dump itself costs (DESIGN, measured). Fixed text for any POSIX shell, which has no pipefail:
 * the end of either is an end of this, the packer's in the status of the pipe, the tool's in what is read from it.
 */
const script = `
works() { "$@" </dev/null >/dev/null 2>&1; }
if works zstd -q -c -1 --check; then pack='zstd -q -c -1 --check'; elif works gzip -c -1; then pack='gzip -c -1'; else exec "$@"; fi
exec 4>&1
code=$({ { "$@" 3>&- 4>&-; echo $? >&3; } | $pack 3>&- >&4 4>&-; } 3>&1) || { echo "error: $pack failed" >&2; exit 1; }
code=\${code:-1}
[ "$code" -lt 128 ] || echo "error: $1 was ended by signal $((code - 128))" >&2
exit "$code"`;

/** The command that runs a tool and packs what it prints. */
export function packing(tool: string, args: readonly string[]): [tool: string, args: string[]] {
  return ['sh', ['-c', script, 'sh', tool, ...args]];
}

const chunkSize = 1024 * 1024;
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const gzipMagic = Buffer.from([0x1f, 0x8b]);

/** What was packed, whatever it was packed with: the first bytes tell. A dump begins with a comment, neither's do. */
export async function* unpacked(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = stream[Symbol.asyncIterator]();
  const head = await firstBytes(chunks);
  const whole = joined(head, chunks);
  const decoder = decoderFor(head);
  yield* decoder === undefined ? whole : pipeline(whole, decoder, () => {});
}

/** Whether {@link unpacked} failed because the end is missing, not because of what has arrived. */
export function isCutOff(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
}

function decoderFor(head: Buffer): Gunzip | ZstdDecompress | undefined {
  if (head.subarray(0, 4).equals(zstdMagic)) return createZstdDecompress({ chunkSize });
  if (head.subarray(0, 2).equals(gzipMagic)) return createGunzip({ chunkSize });
  return undefined;
}

/** At least four bytes; fewer where there are no more. */
async function firstBytes(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < 4) {
    const { value, done } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

async function* joined(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* { [Symbol.asyncIterator]: () => chunks };
}
