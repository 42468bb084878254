import type { BackupFacts } from '../core/backup-facts.ts';
import type { IndexWork } from '../core/dump/index-build.ts';
import type { LoadWatch } from '../core/ports/shadow.ts';
import type { Followed } from './follow.ts';
import { type LoadStep, tablesOfSize } from './foreseen.ts';

interface LoadTold extends LoadWatch {
  /** So many bytes of it were taken. */
  loaded(bytes: number): void;
  allLoaded(): void;
}

/**
 * Tells how far the load of plain SQL is. Rows come first, then indexes, then what refers to them: bytes tell how far the
 * first is and nothing of the others, which stand in a dump's last chunk and take longer than all before it.
 */
export function tellLoad(
  course: Followed<LoadStep>,
  { bytes: expectedBytes, builds = { count: 0, weight: 0 } }: Pick<BackupFacts, 'bytes' | 'builds'>,
): LoadTold {
  const load = course.step('load');
  const build = course.step('builds');
  const finish = course.step('constraints');
  let step: LoadStep = 'load';
  return {
    loaded: (bytes) => {
      if (step === 'load') load.onProgress({ phase: 'Restoring', bytes, expectedBytes });
    },
    built: ({ count, weight }: IndexWork) => {
      if (step === 'constraints') return;
      const done = builds.weight > 0 && weight >= builds.weight && count >= builds.count;
      step = done ? 'constraints' : 'builds';
      if (done) finish.onProgress({ phase: 'Adding constraints' });
      else if (builds.weight === 0) build.onProgress({ phase: 'Building indexes' });
      else {
        const parts = { done: Math.min(count, builds.count), of: builds.count };
        build.onProgress({ phase: 'Building indexes', share: weight / builds.weight, parts });
      }
    },
    // Where nobody tells of builds: they are begun at the end of the dump.
    allLoaded: () => {
      if (step !== 'load') return;
      step = 'builds';
      build.onProgress({ phase: 'Building indexes', bytes: expectedBytes });
    },
    grown: () => {},
  };
}

/**
 * Tells how far pg_restore is, of which only the size of the database is known. Its rows come first, then the indexes.
 *
 * @param whole bytes that the database had which was backed up
 */
export function tellSize(course: Followed<LoadStep>, whole: number): LoadWatch & { sent(): void } {
  const [load, build] = [course.step('load'), course.step('builds')];
  let begun = false;
  return {
    sent: () => {
      begun = true;
      load.onProgress({ phase: 'Restoring' });
    },
    grown: (bytes) => {
      if (!begun) return; // it grows a little before the first row comes
      const share = bytes / Math.max(1, whole);
      if (share < tablesOfSize) load.onProgress({ phase: 'Restoring', share: share / tablesOfSize });
      else build.onProgress({ phase: 'Restoring', share: (share - tablesOfSize) / (1 - tablesOfSize) });
    },
    built: () => {},
  };
}
