import type { BackupFacts } from '../backup-facts.ts';
import { readCustom } from './custom.ts';
import { ArchiveDamage } from './damage.ts';
import { readDirectory } from './directory.ts';

export type ArchiveFormat = 'custom' | 'directory';

/** Bytes and rows seen so far. */
type OnProgress = (seen: { bytes: number; rows: number }) => void;

const readers = { custom: readCustom, directory: readDirectory };

/**
 * Reads an archive of pg_dump through, a directory as one tar, and tells what is in it: each table's rows, whether it is
 * whole, and whether pg_restore may be given it. All data is unpacked and looked at: a table of contents proves nothing
 * about what stands behind it. Memory is bounded by the table of contents, whatever the data is. What is wrong with the
 * archive is in the answer, and all bytes are taken nevertheless; only what the stream throws is thrown.
 *
 * A byte of no meaning to a restore (the time of the dump, the oids it had, the place of a block) may differ unseen:
 * the checksum of the file sees it.
 */
export async function readArchive(
  format: ArchiveFormat,
  stream: AsyncIterable<Uint8Array>,
  onProgress: OnProgress = () => {},
): Promise<BackupFacts> {
  const seen = { bytes: 0, rows: 0 };
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      seen.bytes += chunk.length;
      onProgress(seen);
      yield chunk;
    }
  }
  const chunks = counted();
  try {
    const facts = await readers[format](chunks, (more) => {
      seen.rows += more;
    });
    return { complete: true, incompleteBecause: null, ...facts, bytes: seen.bytes };
  } catch (error) {
    if (!(error instanceof ArchiveDamage)) throw error;
    for (let next = await chunks.next(); next.done !== true; ) next = await chunks.next();
    return incomplete(error.message, seen);
  }
}

function incomplete(
  incompleteBecause: string,
  { bytes, rows }: { bytes: number; rows: number },
): BackupFacts {
  return { complete: false, incompleteBecause, tables: [], rows, contentDigest: '', bytes, forbidden: null };
}
