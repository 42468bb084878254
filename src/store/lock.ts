import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OperationError, reasonOf } from '../core/errors.ts';
import { storeError } from './store-error.ts';

/** The file whose lock is the folder's lock. It stays empty; SQLite locks it through the system's own calls. */
export const lockFile = '.lock';
/** Who holds the lock, for people; it decides nothing. */
export const ownerFile = '.lock-owner.json';

export interface LockOwner {
  pid: number;
  operation: string;
  since: string;
}

export interface HeldLock {
  /** The owner before us, where it died while it held the lock. */
  readonly deadOwner: LockOwner | undefined;
  release(): void;
}

/**
 * Takes the folder's lock or says who holds it.
 *
 * The lock is the one that SQLite takes on an empty database file: a lock of the operating system's on an
 * open file. The system frees it when its owner dies, however it dies, so there is no stale lock to
 * recognise, no pid that another process was given, and no race between two that take over (FAULTS F27).
 *
 * @throws OperationError `busy` where another process holds it.
 */
export function takeLock(folder: string, operation: string, now: Date): HeldLock {
  let database: DatabaseSync | undefined;
  try {
    closeSync(openSync(join(folder, lockFile), 'a', 0o600)); // SQLite itself would follow the umask
    database = new DatabaseSync(join(folder, lockFile));
    database.exec('PRAGMA busy_timeout = 0');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    throw lockError(error, folder);
  }
  const held = database;
  const deadOwner = readOwner(folder);
  writeOwner(folder, { pid: process.pid, operation, since: now.toISOString() });
  return {
    deadOwner,
    release: () => {
      if (!held.isOpen) return;
      writeOwner(folder, undefined);
      held.close();
    },
  };
}

function lockError(error: unknown, folder: string): unknown {
  const sqliteCode = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  const busy = 5; // SQLITE_BUSY, sqlite.org/rescode.html
  if (sqliteCode === 0) return storeError(error, 'Taking the lock', folder);
  if (sqliteCode !== busy) {
    return new OperationError('store-failed', `${folder} cannot be locked: ${reasonOf(error)}.`, {
      hint: `Look at ${lockFile} in it, or set BACKUP_DIR to a folder on a local disk.`,
      cause: error,
    });
  }
  const owner = readOwner(folder);
  const who = owner === undefined ? 'Another operation' : `${owner.operation} (process ${owner.pid})`;
  return new OperationError(
    'busy',
    `${who} is at work in ${folder}${owner ? ` since ${owner.since}` : ''}.`,
    {
      hint: 'Wait until it has ended, then try again.',
    },
  );
}

function readOwner(folder: string): LockOwner | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(join(folder, ownerFile), 'utf8'));
    return isOwner(owner) ? owner : undefined;
  } catch {
    return undefined; // Nobody, or unreadable: it only serves the wording of a message.
  }
}

function isOwner(value: unknown): value is LockOwner {
  return (
    typeof value === 'object' && value !== null && 'pid' in value && 'operation' in value && 'since' in value
  );
}

function writeOwner(folder: string, owner: LockOwner | undefined): void {
  try {
    writeFileSync(join(folder, ownerFile), owner === undefined ? '' : JSON.stringify(owner), { mode: 0o600 });
  } catch {
    // The lock itself is held or given back all the same; only the message to others is poorer.
  }
}
