import { archiveAs, archiveIn, type BackupFormat } from '../core/backup-format.ts';
import { OperationError } from '../core/errors.ts';
import { formatBytes } from '../core/format.ts';
import type { DatabaseFacts } from '../core/ports/database-facts.ts';
import type { BackupStore, CompleteSet } from '../core/ports/store.ts';
import type { Connection } from '../core/ports/target.ts';

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
  if (archiveAs(format) === 'directory') refuseArchive((await connection.freeRoom()).archives, bytes);
  const free = await store.freeBytes();
  const needed = reserve + bytes;
  if (free >= needed) return;
  throw new OperationError(
    'disk-full',
    `The disk that holds ${store.folder} has ${formatBytes(free)} free; the backup needs about ${formatBytes(needed)}.`,
    { hint: 'Free some space, or set BACKUP_DIR to a folder on another disk. Nothing was changed.' },
  );
}

/**
 * Refuses a set for which the server has no room: not for the database, or not for the archive that it is loaded from. A
 * directory is unpacked beside the tar that it came in, which goes before the load.
 */
export async function requireLoadSpace(
  connection: Connection,
  { dataFile, manifest }: CompleteSet,
): Promise<void> {
  const room = await connection.freeRoom();
  const archive = archiveIn(dataFile);
  const lying = archive === null ? 0 : manifest.size_bytes;
  if (room.shared && archive !== null)
    refuseData(room.data, manifest.database_size_bytes + lying, 'the restored database and its archive need');
  else refuseData(room.data, manifest.database_size_bytes, databaseNeeds);
  if (archive !== null) refuseArchive(room.archives, archive === 'directory' ? 2 * lying : lying);
}

/** Refuses a shadow for which the server has no room. */
export async function requireServerSpace(connection: Connection, bytes: number): Promise<void> {
  refuseData((await connection.freeRoom()).data, bytes, databaseNeeds);
}

const databaseNeeds = 'the restored database needs';

function refuseData(free: number | null, bytes: number, what: string): void {
  if (lacks(free, bytes))
    throw full(free, 'where it keeps its data', what, bytes, 'docker system df shows what Docker holds');
}

/** The server's own files may be on the same disk: one that is full stops it. */
function refuseArchive(free: number | null, bytes: number): void {
  if (lacks(free, bytes))
    throw full(free, 'for temporary files', 'the archive needs', bytes, 'in TMPDIR, else /tmp');
}

function lacks(free: number | null, bytes: number): free is number {
  return free !== null && free < bytes + reserve;
}

function full(free: number, where: string, what: string, bytes: number, hint: string): OperationError {
  return new OperationError(
    'disk-full',
    `The server has ${formatBytes(free)} free ${where}; ${what} about ${formatBytes(bytes + reserve)}.`,
    { hint: `Free some space there (${hint}). Nothing was changed.` },
  );
}
