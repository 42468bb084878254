import { archiveAs, type BackupFormat, backupFormats } from '../core/backup-format.ts';
import type { DatabaseFacts } from '../core/ports/database-facts.ts';
import type { CompleteSet } from '../core/ports/store.ts';

/** How long a dump is going to be, as far as anybody can tell: it does not know its own length. */
export interface Length {
  /** Bytes of plain SQL. */
  plain: number;
  /** Bytes of the file, where those are the better measure. */
  stored: number | undefined;
  /** Whether all of it lies at the server before the first byte of it comes. */
  wholeFirst: boolean;
  /** Seconds that it takes, where a backup of the same form told. */
  seconds: number | undefined;
}

/** What a plain dump has of the pages of its tables, and of a database of which nothing is known but its size. */
const ofPages = 0.9;
const ofDatabase = 0.5;
/** What an archive has of its plain SQL. */
const packed = 0.35;

/** A database that the server just made has this many bytes, of which no dump has any. */
const emptyDatabase = 7_500_000;

/**
 * The last backup of the same form is the best guess, grown as the database grew; then any plain one; else the pages that
 * the server's statistics say its tables have.
 *
 * @param earlier sets of this database, newest first
 */
export function foreseenLength(
  format: BackupFormat,
  earlier: readonly CompleteSet[],
  live: Pick<DatabaseFacts, 'sizeBytes' | 'tablePages'>,
): Length {
  const growth = ({ manifest }: CompleteSet): number =>
    live.sizeBytes / Math.max(1, manifest.database_size_bytes);
  const grown = (set: CompleteSet): number => set.manifest.size_bytes * growth(set);
  const lastAs = (ending: string): CompleteSet | undefined =>
    earlier.find(({ dataFile }) => dataFile.endsWith(ending));
  const plainOne = lastAs(backupFormats.plain.ending);
  const plain = plainOne === undefined ? byStatistics(live) : grown(plainOne);
  const same = lastAs(backupFormats[format].ending);
  const seconds = same && (same.manifest.duration_ms / 1000) * growth(same);
  const asStored = same === undefined ? plain * packed : grown(same);
  const measured = format === 'plain' || (same === undefined && archiveAs(format) === null);
  return {
    plain,
    stored: measured ? undefined : asStored,
    wholeFirst: format === 'directory',
    seconds,
  };
}

function byStatistics({ sizeBytes, tablePages }: Pick<DatabaseFacts, 'sizeBytes' | 'tablePages'>): number {
  if (tablePages > 0) return tablePages * 8192 * ofPages;
  return Math.max(0, sizeBytes - emptyDatabase) * ofDatabase;
}
