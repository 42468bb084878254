import { OperationError } from '../core/errors.ts';
import { type Files, hasCode } from './files.ts';
import { type FoundFile, parseFileName } from './names.ts';
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

/** A file of a set, as it was found. */
export interface SetFile extends FoundFile {
  /** Not of this tool, whatever its name: it is neither removed nor read. */
  isFolder: boolean;
}

/** What the backup folder holds of sets, finished or not; nothing where it does not exist yet. */
export async function setFilesIn(files: Files, folder: string): Promise<SetFile[]> {
  try {
    const entries = await files.readdir(folder, { withFileTypes: true });
    return entries.flatMap((entry) => {
      const file = parseFileName(entry.name);
      return file === undefined ? [] : [{ ...file, isFolder: entry.isDirectory() }];
    });
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
