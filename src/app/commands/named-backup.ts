import { realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { OperationError } from '../../core/errors.ts';
import type { Wiring } from '../wire.ts';

/**
 * What somebody typed for a backup, as a name to look up: a path must lead into the backup folder, and what
 * remains of it is its last part. Nothing is ever opened by the typed path itself (FAULTS F30).
 */
export function namedBackup(typed: string, { store }: Pick<Wiring, 'store'>): string {
  if (!/[/\\]/.test(typed)) return typed;
  const folder = realFolder(store.folder);
  const inside = startFolders().map((from) => resolve(from, typed));
  const path = inside.find((one) => realFolder(dirname(one)) === folder);
  if (path !== undefined) return basename(path);
  throw new OperationError(
    'usage',
    `${JSON.stringify(typed)} does not lie in the backup folder ${store.folder}.`,
    {
      hint: 'Name a backup by its id (npm run backup:list), or move the file there.',
    },
  );
}

/** Where the person may stand: npm changes into the project and says where it was called (INIT_CWD). */
function startFolders(): string[] {
  const called = process.env['INIT_CWD'];
  return called === undefined ? [process.cwd()] : [process.cwd(), called];
}

/** People reach the folder by links too: scripts/backups is one. */
function realFolder(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
