import { OperationError, reasonOf } from '../core/errors.ts';
import { hasCode } from './files.ts';

/** A failure of the file system, said for a person; errors that are said already pass. */
export function storeError(error: unknown, doing: string, folder: string): unknown {
  if (error instanceof OperationError) return error;
  if (error instanceof Error && error.name === 'AbortError') return error;
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) {
    return new OperationError('disk-full', `The disk that holds ${folder} is full; ${doing} was given up.`, {
      hint: 'Free some space, or set BACKUP_DIR to a folder on another disk. Nothing that was there is changed.',
      cause: error,
    });
  }
  if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) {
    return new OperationError('store-failed', `${folder} cannot be written: ${reasonOf(error)}.`, {
      hint: 'Give yourself the right to write there, or set BACKUP_DIR to another folder.',
      cause: error,
    });
  }
  return new OperationError('store-failed', `${doing} failed in ${folder}: ${reasonOf(error)}.`, {
    hint: 'Check the disk and the folder, then try again. Nothing that was there is changed.',
    cause: error,
  });
}
