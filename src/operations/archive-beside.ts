import { PassThrough } from 'node:stream';
import { type ArchiveFormat, readArchive } from '../core/archive/read-archive.ts';
import type { BackupFacts } from '../core/backup-facts.ts';
import { writingBeside } from './write-beside.ts';

/** How much may have been stored that was not read yet. */
const AHEAD = 1024 * 1024;

/**
 * Gives the bytes of an archive as they are and reads them through beside that; neither runs away from the other, and
 * what was given has been read by the time the last of it was taken.
 *
 * @param onProgress What it throws ends both.
 */
export function archiveBeside(
  format: ArchiveFormat,
  archive: AsyncIterable<Buffer>,
  onProgress: (seen: { bytes: number; rows: number }) => void,
) {
  const copy = new PassThrough({ writableHighWaterMark: AHEAD });
  const reading = readArchive(format, copy, onProgress);
  const write = writingBeside(copy, reading);
  async function* bytes(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of archive) {
        await write(chunk);
        yield chunk;
      }
      copy.end();
      await reading;
    } finally {
      copy.destroy();
    }
  }
  return { bytes: bytes(), facts: (): Promise<BackupFacts> => reading };
}
