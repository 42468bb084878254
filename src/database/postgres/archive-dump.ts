import type { ArchiveFormat } from '../../core/archive/read-archive.ts';
import type { Dump } from '../../core/ports/shadow.ts';
import { dumpDirectory, kilobytesOf } from './archive-folder.ts';
import { askShell } from './ask-shell.ts';
import type { Client } from './client.ts';
import { startOneOf } from './dump.ts';
import { keepLooking } from './keep-looking.ts';
import { ownPacking } from './packing.ts';

export interface ArchiveContent {
  readonly format: ArchiveFormat;
  /** How many sessions dump at once; a custom archive is one stream, and has one. */
  readonly jobs: number;
  readonly serverVersion: string;
}

/**
 * Starts a dump in a format of pg_restore's: a custom archive as it comes, a directory as one tar when it is whole.
 *
 * @param grown hears how many bytes of a directory there are, as long as the dump is at work
 */
export function startArchiveDump(
  client: Client,
  database: string,
  { format, jobs, serverVersion }: ArchiveContent,
  signal: AbortSignal,
  grown?: (bytes: number) => void,
): Dump {
  const wait = `--lock-wait-timeout=${client.launcher.lockWaitMs}`;
  const way = (packing: string) =>
    format === 'custom'
      ? client.pgDump(database, ['--format=custom', wait, packing])
      : client.script(database, dumpDirectory, [`--jobs=${jobs}`, wait, packing]);
  const gzip = '--compress=1';
  const zstd = ownPacking('zstd', serverVersion);
  const ways = zstd === undefined ? { first: way(gzip) } : { first: way(zstd), instead: way(gzip) };
  const dump = startOneOf(client, ways, signal);
  if (format === 'directory' && grown !== undefined) {
    const watching = keepLooking((over) => archiveBytes({ ...client, signal: over }), grown);
    const finished = dump.finished.finally(() => watching[Symbol.asyncDispose]());
    finished.catch(() => {}); // as of the dump itself: it is awaited after the stream
    return { ...dump, finished };
  }
  return dump;
}

/** How much there is by now of the archive that this operation makes. */
export async function archiveBytes(client: Client): Promise<number> {
  const [kilobytes = ''] = await askShell(client, [kilobytesOf(client.runId)], {}, 'Looking at the dump');
  return Number(kilobytes) * 1024;
}
