import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** A lock of the operating system's on a file; the system frees it when its owner dies, however it dies. */
export interface FileLock {
  release(): void;
}

const sqliteBusy = 5; // SQLITE_BUSY, sqlite.org/rescode.html

/**
 * Takes the lock of a file, which is made where it is missing and stays empty: SQLite locks it through the
 * system's own calls, so there is no stale lock to recognise and no race between two that take over.
 *
 * @returns Null where another process holds it. Whatever else goes wrong is thrown as it is.
 */
export function takeFileLock(path: string): FileLock | null {
  closeSync(openSync(path, 'a', 0o600)); // SQLite itself would follow the umask
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === sqliteBusy)
      return null;
    throw error;
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}
