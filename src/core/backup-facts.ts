import type { LoadWork } from './archive/load-work.ts';
import type { IndexWork } from './dump/index-build.ts';
import type { DumpFacts } from './dump/read-dump.ts';

/** What the data of a backup turned out to be, plain SQL or an archive, read from its first to its last byte. */
export interface BackupFacts extends Omit<DumpFacts, 'forbidden' | 'builds' | 'references'> {
  /** Of an archive: what pg_restore does with it. */
  readonly work?: LoadWork;
  /** What a load of it does when it has the rows, as in {@link DumpFacts}; not of an archive that is not whole. */
  readonly builds?: IndexWork;
  readonly references?: number;
  /**
   * Equal for equal content among backups of plain SQL, and among archives of either format, in whatever order their jobs
   * wrote. Between the two it tells nothing: no text is common to them.
   */
  readonly contentDigest: string;
  /** The first thing that may not be in a backup: where ("line 12", "TABLE DATA public.t") and what, in words. */
  readonly forbidden: { readonly place: string; readonly what: string } | null;
}

export function factsOfDump({ forbidden, ...facts }: DumpFacts): BackupFacts {
  return {
    ...facts,
    forbidden: forbidden && { place: `line ${forbidden.line}`, what: forbidden.what },
  };
}
