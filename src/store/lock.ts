import { closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperationError, reasonOf } from '../core/errors.ts';
import { type FileLock, sqliteCodeOf, takeFileLock } from '../process/file-lock.ts';
import { readSafely } from './files.ts';
import { storeError } from './store-error.ts';

/** The file whose lock is the folder's lock. */
export const lockFile = '.lock';
/** Who holds the lock, for people; it decides nothing. */
export const ownerFile = '.lock-owner.json';
const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;
const writeSafely = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK;

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
 * @throws OperationError `busy` where another process holds it.
 */
export function takeLock(folder: string, operation: string, now: Date): HeldLock {
  const lock = lockOf(folder);
  if (lock === null) throw busy(folder);
  const deadOwner = readOwner(folder);
  writeOwner(folder, { pid: process.pid, operation, since: now.toISOString() });
  let released = false;
  return {
    deadOwner,
    release: () => {
      if (released) return;
      released = true;
      writeOwner(folder, undefined);
      lock.release();
    },
  };
}

function lockOf(folder: string): FileLock | null {
  try {
    return takeFileLock(join(folder, lockFile));
  } catch (error) {
    if (sqliteCodeOf(error) === 0) throw storeError(error, 'Taking the lock', folder);
    throw new OperationError('store-failed', `${folder} cannot be locked: ${reasonOf(error)}.`, {
      hint: `Look at ${lockFile} in it, or set BACKUP_DIR to a folder on a local disk.`,
      cause: error,
    });
  }
}

function busy(folder: string): OperationError {
  const owner = readOwner(folder);
  const who = owner === undefined ? 'Another operation' : `${owner.operation} (process ${owner.pid})`;
  const since = owner === undefined ? '' : ` since ${owner.since}`;
  return new OperationError('busy', `${who} is at work in ${folder}${since}.`, {
    hint: 'Wait until it has ended, then try again.',
  });
}

function readOwner(folder: string): LockOwner | undefined {
  try {
    const text = withOwnerFile(folder, readSafely, (file) => readFileSync(file, 'utf8'));
    const owner: unknown = JSON.parse(text);
    return isOwner(owner) ? owner : undefined;
  } catch {
    return undefined; // Nobody, or unreadable: it only serves the wording of a message.
  }
}

function isOwner(value: unknown): value is LockOwner {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, operation, since } = value as Partial<Record<keyof LockOwner, unknown>>;
  return typeof pid === 'number' && typeof operation === 'string' && typeof since === 'string';
}

function writeOwner(folder: string, owner: LockOwner | undefined): void {
  const text = owner === undefined ? '' : JSON.stringify(owner);
  try {
    withOwnerFile(folder, writeSafely, (file) => writeFileSync(file, text));
  } catch {
    // The lock itself is held or given back all the same; only the message to others is poorer.
  }
}

function withOwnerFile<T>(folder: string, flags: number, use: (file: number) => T): T {
  const file = openSync(join(folder, ownerFile), flags, 0o600);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}
