import { OperationError } from '../core/errors.ts';
import { formatBytes } from '../core/format.ts';
import type { BackupStore, CompleteSet } from '../core/ports/store.ts';
import type { Connection, DatabaseFacts } from '../core/ports/target.ts';

/** Room that must be left whatever is written, in bytes: a file system at its last block serves nobody. */
const reserve = 16 * 1024 * 1024;

/** Refuses a backup that surely does not fit. Without an earlier one only the reserve is asked for. */
export async function requireSpace(
  store: BackupStore,
  live: DatabaseFacts,
  previous: CompleteSet | undefined,
): Promise<void> {
  const free = await store.freeBytes();
  const growth = previous ? live.sizeBytes / Math.max(1, previous.manifest.database_size_bytes) : 0;
  const needed = reserve + Math.round((previous?.manifest.size_bytes ?? 0) * Math.min(growth, 1));
  if (free >= needed) return;
  throw new OperationError(
    'disk-full',
    `The disk that holds ${store.folder} has ${formatBytes(free)} free; the backup needs about ${formatBytes(needed)}.`,
    { hint: 'Free some space, or set BACKUP_DIR to a folder on another disk. Nothing was changed.' },
  );
}

/** Refuses a shadow for which the server has no room. */
export async function requireServerSpace(connection: Connection, neededBytes: number): Promise<void> {
  const free = await connection.freeBytes();
  if (free === null || free >= neededBytes + reserve) return;
  throw new OperationError(
    'disk-full',
    `The server has ${formatBytes(free)} free where it keeps its data; the restored database needs about ${formatBytes(neededBytes)}.`,
    { hint: 'Free some space there (docker system df shows what Docker holds). Nothing was changed.' },
  );
}
