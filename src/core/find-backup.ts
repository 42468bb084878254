import { isIdOf, setFileNames, timeIn } from './backup-id.ts';
import { OperationError } from './errors.ts';
import type { BackupSet, CompleteSet, UnverifiableSet } from './ports/store.ts';

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

/**
 * The newest that somebody meant to make: a safety copy is what a restore left behind, not what it brought. Where a
 * newer one cannot be verified, nothing is taken in its place: who says `latest` does not mean an older one.
 */
function latest(sets: readonly BackupSet[], database: string | undefined): BackupSet {
  const complete = sets.filter((set) => set.state === 'complete');
  const own = complete.filter((set) => database === undefined || set.manifest.database === database);
  const found = own.find((set) => set.manifest.reason !== 'before-restore') ?? own[0];
  const doubtful = newerDoubtful(sets, found, database ?? found?.manifest.database);
  if (doubtful !== undefined) throw unverifiable(doubtful, found);
  if (found !== undefined) return found;
  throw new OperationError(
    'backup-missing',
    `There is no backup${database === undefined ? '' : ` of ${database}`} yet.`,
    {
      hint: 'Make one: npm run backup',
    },
  );
}

/** The newest that cannot be verified and is, or may be, newer than the one that can. */
function newerDoubtful(
  sets: readonly BackupSet[],
  found: CompleteSet | undefined,
  database: string | undefined,
): UnverifiableSet | undefined {
  return sets
    .filter((set) => set.state === 'unverifiable')
    .filter(({ id }) => database === undefined || isIdOf(id, database))
    .filter(({ known }) => known?.reason !== 'before-restore')
    .filter((set) => found === undefined || isNewer(set, found))
    .toSorted((a, b) => (timeIn(a.id) < timeIn(b.id) ? 1 : -1))[0];
}

/** By the sequence, where its metadata says it; else the time in its id is all there is. */
function isNewer({ id, known }: UnverifiableSet, found: CompleteSet): boolean {
  return known === undefined ? timeIn(id) > timeIn(found.id) : known.sequence > found.manifest.sequence;
}

function unverifiable({ id, because }: UnverifiableSet, instead: BackupSet | undefined): OperationError {
  return new OperationError(
    'backup-unverified',
    `The latest backup, ${id}, cannot be verified: ${because}.`,
    {
      hint:
        instead === undefined
          ? 'See that its files can be read and are whole, or make another: npm run backup'
          : `Name the one that you mean, for example ${instead.id}; see which there are: npm run backup:list`,
    },
  );
}

function namesOf(set: BackupSet): string[] {
  const { tables, metadata } = setFileNames(set.id, '');
  return [set.id, tables, metadata, ...(set.dataFile === null ? [] : [set.dataFile])];
}
