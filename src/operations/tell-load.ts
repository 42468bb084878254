import type { BackupFacts } from '../core/backup-facts.ts';
import type { IndexWork } from '../core/dump/index-build.ts';
import type { OnBuilt } from '../core/ports/shadow.ts';
import type { Followed } from './follow.ts';
import type { LoadStep } from './foreseen.ts';

interface LoadTold {
  /** So many bytes of it were taken. */
  loaded(bytes: number): void;
  allLoaded(): void;
  built: OnBuilt;
}

/**
 * Tells how far a load is. Rows come first, then indexes, then what refers to them: bytes tell how far the
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
  };
}
