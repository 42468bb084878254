import type { ArchiveFormat } from '../../core/archive/read-archive.ts';
import type { Dump } from '../../core/ports/shadow.ts';
import { dumpDirectory } from './archive-folder.ts';
import type { Client } from './client.ts';
import { startOneOf } from './dump.ts';
import { ownPacking } from './packing.ts';

export interface ArchiveContent {
  readonly format: ArchiveFormat;
  /** How many sessions dump at once; a custom archive is one stream, and has one. */
  readonly jobs: number;
  readonly serverVersion: string;
}

/** Starts a dump in a format of pg_restore's: a custom archive as it comes, a directory as one tar when it is whole. */
export function startArchiveDump(
  client: Client,
  database: string,
  { format, jobs, serverVersion }: ArchiveContent,
  signal: AbortSignal,
): Dump {
  const wait = `--lock-wait-timeout=${client.launcher.lockWaitMs}`;
  const way = (packing: string) =>
    format === 'custom'
      ? client.pgDump(database, ['--format=custom', wait, packing])
      : client.script(database, dumpDirectory, [`--jobs=${jobs}`, wait, packing]);
  const gzip = '--compress=1';
  const zstd = ownPacking('zstd', serverVersion);
  const ways = zstd === undefined ? { first: way(gzip) } : { first: way(zstd), instead: way(gzip) };
  return startOneOf(client, ways, signal);
}
