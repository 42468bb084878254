import { OperationError } from '../core/errors.ts';
import { type Files, hasCode } from './files.ts';
import { storeError } from './store-error.ts';

/** Makes the backup folder where it is missing, readable by its owner alone (SPEC 3). */
export async function ensureFolder(files: Files, folder: string): Promise<void> {
  try {
    if ((await files.mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) {
      await files.chmod(folder, 0o700);
    }
  } catch (error) {
    if (!hasCode(error, 'EEXIST', 'ENOTDIR')) throw storeError(error, 'Making the backup folder', folder);
    throw new OperationError('store-failed', `The backup folder ${folder} is a file, not a folder.`, {
      hint: 'Move that file away, or set BACKUP_DIR to another folder.',
      cause: error,
    });
  }
}

/** The names in the backup folder; none where it does not exist yet. */
export async function namesIn(files: Files, folder: string): Promise<string[]> {
  try {
    return await files.readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    if (hasCode(error, 'ENOTDIR')) {
      throw new OperationError('store-failed', `The backup folder ${folder} is a file, not a folder.`, {
        hint: 'Move that file away, or set BACKUP_DIR to another folder.',
        cause: error,
      });
    }
    throw storeError(error, 'Reading the list of backups', folder);
  }
}
