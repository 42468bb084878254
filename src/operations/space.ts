import { archiveAs, archiveIn, type BackupFormat } from '../core/backup-format.ts';
import { OperationError } from '../core/errors.ts';
import { formatBytes } from '../core/format.ts';
import type { BackupStore, CompleteSet } from '../core/ports/store.ts';
import type { Connection, DatabaseFacts } from '../core/ports/target.ts';

/** Room that must be left whatever is written, in bytes: a file system at its last block serves nobody. */
const reserve = 16 * 1024 * 1024;

/**
 * Refuses a backup that surely does not fit, into the folder or, as a directory is whole before it is sent, into the place
 * of archives at the server. Without an earlier one of its format only the reserve is asked for.
 */
export async function requireSpace(
  { store, connection }: { store: BackupStore; connection: Connection },
  {
    live,
    format,
    previous,
  }: { live: DatabaseFacts; format: BackupFormat; previous: CompleteSet | undefined },
): Promise<void> {
  const growth = previous ? live.sizeBytes / Math.max(1, previous.manifest.database_size_bytes) : 0;
  const bytes = Math.round((previous?.manifest.size_bytes ?? 0) * Math.min(growth, 1));
  if (archiveAs(format) === 'directory') await requireArchiveSpace(connection, bytes);
  const free = await store.freeBytes();
  const needed = reserve + bytes;
  if (free >= needed) return;
  throw new OperationError(
    'disk-full',
    `The disk that holds ${store.folder} has ${formatBytes(free)} free; the backup needs about ${formatBytes(needed)}.`,
    { hint: 'Free some space, or set BACKUP_DIR to a folder on another disk. Nothing was changed.' },
  );
}

/** Refuses a set for which the server has no room: not as a database, or not as an archive before it is loaded. */
export async function requireLoadSpace(
  connection: Connection,
  { dataFile, manifest }: CompleteSet,
): Promise<void> {
  await requireServerSpace(connection, manifest.database_size_bytes);
  const archive = archiveIn(dataFile);
  // A directory is unpacked beside the tar that it came in.
  if (archive !== null)
    await requireArchiveSpace(connection, manifest.size_bytes * (archive === 'directory' ? 2 : 1));
}

/** The server's own files may be on the same disk: one that is full stops it. */
async function requireArchiveSpace(connection: Connection, bytes: number): Promise<void> {
  const free = await connection.freeBytes('archives');
  if (free === null || free >= bytes + reserve) return;
  throw new OperationError(
    'disk-full',
    `The server has ${formatBytes(free)} free for temporary files; the archive needs about ${formatBytes(bytes)}.`,
    {
      hint: 'Free some space there, in TMPDIR or /tmp, or back up in plain or zstd format. Nothing was changed.',
    },
  );
}

/** Refuses a shadow for which the server has no room. */
export async function requireServerSpace(connection: Connection, neededBytes: number): Promise<void> {
  const free = await connection.freeBytes('data');
  if (free === null || free >= neededBytes + reserve) return;
  throw new OperationError(
    'disk-full',
    `The server has ${formatBytes(free)} free where it keeps its data; the restored database needs about ${formatBytes(neededBytes)}.`,
    { hint: 'Free some space there (docker system df shows what Docker holds). Nothing was changed.' },
  );
}
