import { addWork, type IndexBuild, type IndexWork, weigh } from './index-build.ts';
import type { Relation } from './relation.ts';

/** What a load does when it has the rows of the tables concerned, as it can be foreseen. */
export interface LaterWork {
  /** The indexes that it builds. */
  readonly builds: IndexWork;
  /** Bytes of rows that it looks up in other tables, once for each foreign key. */
  readonly references: number;
}

export const noLaterWork: LaterWork = { builds: { count: 0, weight: 0 }, references: 0 };

/** @param bytesOf how many bytes of rows a table has */
export function withStatement(
  { builds, references }: LaterWork,
  { build, refers }: { build: IndexBuild | null; refers: Relation | null },
  bytesOf: (table: Relation) => number,
): LaterWork {
  return {
    builds: build === null ? builds : addWork(builds, weigh(build, bytesOf(build.table))),
    references: references + (refers === null ? 0 : bytesOf(refers)),
  };
}
