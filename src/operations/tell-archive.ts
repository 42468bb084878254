import { rowBytes } from '../core/archive/load-work.ts';
import type { BackupFacts } from '../core/backup-facts.ts';
import type { OnSeenAtWork } from '../core/ports/shadow.ts';
import type { Followed } from './follow.ts';
import type { LoadStep } from './foreseen.ts';
import { tellLoad } from './tell-load.ts';

interface ArchiveTold {
  /** All of it is where the server is. */
  sent(): void;
  seen: OnSeenAtWork;
}

/** Between two builds there may be a moment without one. */
const mostEmptyLooks = 1;

/**
 * Tells how far pg_restore is, which does not say so itself: by what the server sees it doing. First come the rows, then
 * the indexes, then what refers to them.
 */
export function tellArchive(
  course: Followed<LoadStep>,
  {
    work = { copies: [], builds: [] },
    builds = { count: 0, weight: 0 },
  }: Pick<BackupFacts, 'work' | 'builds'>,
): ArchiveTold {
  const told = tellLoad(course, { bytes: rowBytes(work), builds });
  const copied = seenWork(work.copies.map(({ statement, bytes }) => [statement, bytes]));
  const built = seenWork(work.builds.map(({ statement, weight }) => [statement, weight]));
  let begun = false;
  let emptyLooks = 0;
  return {
    sent: () => {
      begun = true;
      course.step('load').onProgress({ phase: 'Restoring' });
    },
    seen: (atWork) => {
      if (!begun) return;
      copied.see(atWork.copies.map(({ statement, bytes }) => [statement, bytes]));
      built.see(atWork.builds.map(({ statement, share }) => [statement, share * built.sizeOf(statement)]));
      const { count, size } = built.done();
      if (size === 0 && atWork.builds.length === 0) {
        const bytes = copied.done().size;
        if (bytes > 0) told.loaded(bytes); // to tell of none would be a pace
        return;
      }
      emptyLooks = atWork.builds.length === 0 ? emptyLooks + 1 : 0;
      // The smallest are over before anybody looks.
      told.built(emptyLooks > mostEmptyLooks ? builds : { count, weight: size });
    },
  };
}

/** Things that are seen while they are done: what is not seen any more is over. */
function seenWork(all: readonly [statement: string, size: number][]) {
  const sizes = new Map(all.filter(([, size]) => size > 0));
  const doneOf = new Map<string, number>();
  let atWork = new Map<string, number>();
  const sizeOf = (statement: string): number => sizes.get(statement) ?? 0;
  return {
    sizeOf,
    see: (now: readonly (readonly [statement: string, done: number])[]): void => {
      atWork = new Map(now.filter(([statement]) => sizes.has(statement)));
      for (const statement of new Set([...doneOf.keys(), ...atWork.keys()])) {
        const done = Math.min(sizeOf(statement), atWork.get(statement) ?? Number.POSITIVE_INFINITY);
        doneOf.set(statement, Math.max(done, doneOf.get(statement) ?? 0));
      }
    },
    done: () => ({
      count: doneOf.size - atWork.size,
      size: [...doneOf.values()].reduce((sum, one) => sum + one, 0),
    }),
  };
}
