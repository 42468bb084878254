import { archiveAs, archiveIn, plainFormats } from '../core/backup-format.ts';
import { OperationError } from '../core/errors.ts';
import { inWords } from '../core/format.ts';
import type { CompleteSet } from '../core/ports/store.ts';
import type { Target } from '../core/ports/target.ts';
import type { Policy } from './run.ts';

type Able = Pick<Target, 'archives'>;

/** @throws OperationError `refused` where a target cannot write the form that is wanted, before anything is made. */
export function requireDumpable({ archives }: Able, { format }: Pick<Policy, 'format'>): void {
  if (archives || archiveAs(format) === null) return;
  throw new OperationError('refused', `An embedded database cannot be backed up in ${format} format.`, {
    hint: `Take ${inWords(plainFormats)} (--format or BACKUP_FORMAT); the others need the tools of a server.`,
  });
}

/** @throws OperationError `refused` where a target cannot load a set, before anything is made. */
export function requireLoadable(
  { archives }: Able,
  { id, dataFile }: Pick<CompleteSet, 'id' | 'dataFile'>,
): void {
  const format = archiveIn(dataFile);
  if (archives || format === null) return;
  throw new OperationError(
    'refused',
    `The backup ${id} is in ${format} format, which an embedded database cannot load.`,
    { hint: `Restore it into a server (DB_TARGET=docker), or take a backup in ${inWords(plainFormats)}.` },
  );
}
