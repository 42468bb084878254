import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** A lock of the operating system's on a file; the system frees it when its owner dies, however it dies. */
export interface FileLock {
  release(): void;
}

const sqliteBusy = 5; // SQLITE_BUSY, sqlite.org/rescode.html

/**
 * Of several that ask at the same moment one must get it: SQLite lets each step back and try again this long.
 * What holds the lock for milliseconds only (a pin, the record of a verification) is waited for, too.
 */
const raceMs = 250;

/**
 * Takes the lock of a file, which is made where it is missing and stays empty: SQLite locks it through the
 * system's own calls. So there is no stale lock to recognise, no pid that another process was given, and no
 * race between two that take over (FAULTS F27).
 *
 * @returns Null where another process holds it. Whatever else goes wrong is thrown as it is.
 */
export function takeFileLock(path: string): FileLock | null {
  provideFile(path);
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${raceMs}`);
    database.exec('PRAGMA journal_mode = MEMORY'); // a journal would be a file, and on a full disk there may be none
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (sqliteCodeOf(error) === sqliteBusy) return null;
    throw error;
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}

/** The primary result code of an SQLite error; 0 for any other error. */
export function sqliteCodeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
}

/**
 * A lock file that is there must not be opened but by SQLite: closing any file descriptor of it gives back the
 * lock that this very process may hold. One that is made here has the right mode; SQLite would follow the umask.
 * It must be writable: SQLite takes the "lock" of a file that it can only read without locking anything.
 */
function provideFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    accessSync(path, constants.R_OK | constants.W_OK);
  }
}
