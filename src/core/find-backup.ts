import { setFileNames } from './backup-id.ts';
import { OperationError } from './errors.ts';
import type { BackupSet } from './ports/store.ts';

/**
 * The set that somebody named: by id, file name, `latest`, or an unambiguous beginning of an id. Names are
 * looked up among what the folder holds and never joined into a path (FAULTS F30).
 *
 * @param sets Newest first.
 * @param database Whose backups `latest` is chosen from; all, where it is not known.
 * @throws OperationError `backup-missing`, or `usage` where the name fits several.
 */
export function findBackup(sets: readonly BackupSet[], named: string, database?: string): BackupSet {
  if (named === 'latest') return latest(sets, database);
  const exact = sets.find((set) => namesOf(set).includes(named));
  if (exact !== undefined) return exact;
  const beginning = named === '' ? [] : sets.filter((set) => set.id.startsWith(named));
  const [only, another] = beginning;
  if (only !== undefined && another === undefined) return only;
  if (only !== undefined) {
    throw new OperationError('usage', `${JSON.stringify(named)} fits ${beginning.length} backups.`, {
      hint: `Say more of the id, for example ${only.id}`,
    });
  }
  throw new OperationError('backup-missing', `There is no backup named ${JSON.stringify(named)}.`, {
    hint: 'See which there are: npm run backup:list',
  });
}

/** The newest that somebody meant to make: a safety copy is what a restore left behind, not what it brought. */
function latest(sets: readonly BackupSet[], database: string | undefined): BackupSet {
  const complete = sets.filter((set) => set.state === 'complete');
  const own = complete.filter((set) => database === undefined || set.manifest.database === database);
  const found = own.find((set) => set.manifest.reason !== 'before-restore') ?? own[0];
  if (found !== undefined) return found;
  throw new OperationError(
    'backup-missing',
    `There is no backup${database === undefined ? '' : ` of ${database}`} yet.`,
    {
      hint: 'Make one: npm run backup',
    },
  );
}

function namesOf(set: BackupSet): string[] {
  const { tables, metadata } = setFileNames(set.id, '');
  return [set.id, tables, metadata, ...(set.dataFile === null ? [] : [set.dataFile])];
}
