import type { DumpTable } from '../dump/read-dump.ts';

/** What an archive turned out to be, read from its first to its last byte. */
export interface ArchiveFacts {
  /** Whether every entry that has data has it, to its end, and there is nothing else. */
  readonly complete: boolean;
  /** Why not, in words that go after "the dump is incomplete: "; null when it is complete. */
  readonly incompleteBecause: string | null;
  /** In the order of the table of contents, the empty ones too; none of an archive that is not complete. */
  readonly tables: readonly DumpTable[];
  readonly rows: number;
  /**
   * `sha256:` and the digest of all that a restore takes from it: the same for two archives of equal databases, in
   * whatever order the jobs wrote. Numbers of entries, oids, places and times are not in it.
   */
  readonly contentDigest: string;
  readonly bytes: number;
  /** The first thing that may not be in an archive, in which entry, and what it is, in words. */
  readonly forbidden: { readonly place: string; readonly what: string } | null;
}
