import { dataEndings } from '../core/backup-format.ts';
import { isBackupId } from '../core/backup-id.ts';

/** A file of a set that is being written; hidden, and never taken for a backup. */
export const partial = (name: string): string => `.${name}.partial`;
/** The metadata of a set that is being removed. */
export const removing = (name: string): string => `.${name}.removing`;

export type FileRole = 'data' | 'tables' | 'metadata';
export type FileStage = 'published' | 'partial' | 'removing';

export interface FoundFile {
  name: string;
  id: string;
  role: FileRole;
  stage: FileStage;
}

// The endings that later formats use are known, so that such a file is shown instead of overlooked.
const plainEndings = [...dataEndings, '.dump', '.tar', '.tar.gz'];
const encryptedEndings = plainEndings.flatMap((ending) => [`${ending}.age`, `${ending}.gpg`]);

const roles: readonly (readonly [FileRole, readonly string[]])[] = [
  ['tables', ['_tables.txt']],
  ['metadata', ['.json']],
  ['data', [...plainEndings, ...encryptedEndings]],
];

/** What a name in the backup folder says; undefined for what is not of a set. */
export function parseFileName(name: string): FoundFile | undefined {
  for (const [stage, suffix] of [
    ['partial', '.partial'],
    ['removing', '.removing'],
  ] as const) {
    if (name.startsWith('.') && name.endsWith(suffix))
      return parse(name, name.slice(1, -suffix.length), stage);
  }
  return parse(name, name, 'published');
}

function parse(name: string, plain: string, stage: FileStage): FoundFile | undefined {
  for (const [role, endings] of roles) {
    const ending = endings.find((candidate) => plain.endsWith(candidate));
    if (ending === undefined) continue;
    const id = plain.slice(0, -ending.length);
    return isBackupId(id) ? { name, id, role, stage } : undefined;
  }
  return undefined;
}
