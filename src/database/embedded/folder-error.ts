import { OperationError, reasonOf } from '../../core/errors.ts';

/** A failure of the file system, said for a person; what is said already passes. */
export function folderError(error: unknown, doing: string, path: string): unknown {
  if (error instanceof OperationError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OperationError('disk-full', `The disk that holds ${path} is full; ${doing} was given up.`, {
      hint: 'Free some space, or set DB_EMBEDDED_DIR to a folder on another disk. The live database is as it was.',
      cause: error,
    });
  }
  return new OperationError('failed', `In ${path}, ${doing} failed: ${reasonOf(error)}.`, {
    hint: 'Check the disk and the folder, then try again. The live database is as it was.',
    cause: error,
  });
}
