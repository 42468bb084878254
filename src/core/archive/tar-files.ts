import { Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';
import { asBuffer } from '../dump/bytes.ts';
import { reasonOf } from '../errors.ts';
import { ArchiveDamage, damaged } from './damage.ts';

/** A file of a tar. Its bytes are to be read before the next file is asked for. */
export interface TarFile {
  readonly name: string;
  readonly bytes: AsyncIterable<Buffer>;
}

const BLOCK = 512;
/** A tar ends with two blocks of zeros; what packs it may round its length up with more. */
const END = 2 * BLOCK;

const wholeBlocks = (bytes: number): number => Math.ceil(bytes / BLOCK) * BLOCK;

/** Follows the raw bytes of a tar: how many there are, and behind which one only zeros follow. */
function follow(chunks: AsyncIterator<Uint8Array>) {
  const seen = { bytes: 0, nonZeroTo: 0, failed: undefined as unknown };
  const next = async (): Promise<IteratorResult<Buffer>> => {
    const result = await chunks.next().catch((error: unknown) => {
      seen.failed = error;
      throw error;
    });
    if (result.done === true) return { done: true, value: undefined };
    const chunk = asBuffer(result.value);
    let last = chunk.length - 1;
    while (last >= 0 && chunk[last] === 0) last -= 1;
    if (last >= 0) seen.nonZeroTo = seen.bytes + last + 1;
    seen.bytes += chunk.length;
    return { done: false, value: chunk };
  };
  // Without `return`: where reading stops early, whoever gave the bytes may want to read on.
  return { seen, stream: Readable.from({ [Symbol.asyncIterator]: () => ({ next }) }, { objectMode: true }) };
}

/** Holds the headers of a tar against what we write: files that follow each other without a gap, none twice. */
function headers() {
  const names = new Set<string>();
  let end = 0;
  return {
    /** Whether it is a file; else it is the folder itself, which may be in it. */
    take({ name, type, size = 0, byteOffset = 0 }: Header & { byteOffset?: number }): boolean {
      // Headers for long names and the like, and a part behind an end mark, would show as a gap.
      if (byteOffset !== end + BLOCK) damaged('its tar holds more than files one after the other');
      end = byteOffset + wholeBlocks(size);
      const folder = type === 'directory' && (name === './' || name === '.') && size === 0;
      if (!folder && type !== 'file') damaged(`its tar holds a ${type ?? 'thing'}, not only files`);
      if (names.has(name)) damaged('its tar holds a file twice');
      names.add(name);
      return !folder;
    },
    /** Where the last file ends. */
    end: () => end,
  };
}

function proveEnd(seen: { bytes: number; nonZeroTo: number }, end: number): void {
  if (seen.bytes < end) damaged('its tar is cut');
  if (seen.bytes - end < END || seen.bytes % BLOCK !== 0) damaged('its tar has no end mark');
  if (seen.nonZeroTo > end) damaged('its tar has something behind its end');
}

/**
 * The files of a plain tar, whose end must be marked. Links, folders within, and whatever else a tar can hold are
 * nothing that we write.
 *
 * @throws ArchiveDamage
 */
export async function* tarFiles(chunks: AsyncIterator<Uint8Array>): AsyncGenerator<TarFile> {
  const { seen, stream } = follow(chunks);
  const files = extract();
  stream.on('error', (error) => files.destroy(error));
  stream.pipe(files);
  const found = headers();
  try {
    for await (const file of files) {
      if (found.take(file.header))
        yield { name: file.header.name.replace(/^\.\//, ''), bytes: bytesOf(file) };
      else file.resume();
    }
  } catch (error) {
    if (seen.failed !== undefined) throw seen.failed;
    if (error instanceof ArchiveDamage) throw error;
    damaged(`its tar is damaged: ${reasonOf(error)}`);
  } finally {
    stream.unpipe();
    files.destroy();
  }
  proveEnd(seen, found.end());
}

async function* bytesOf(file: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of file) if (chunk instanceof Uint8Array) yield asBuffer(chunk);
  } catch {
    damaged('its tar is cut'); // what the source itself threw comes first, in tarFiles
  }
}
