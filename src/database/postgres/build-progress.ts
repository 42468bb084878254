import { comparedLength } from '../../core/archive/load-work.ts';
import { addWork, type IndexWork } from '../../core/dump/index-build.ts';
import type { StagedBuild } from '../../core/dump/stage-dump.ts';
import { quoteLiteral } from '../../core/identifiers.ts';
import { keepLooking } from './keep-looking.ts';

/** A row of pg_stat_progress_create_index: which statement it is, and how far. */
export interface BuildSeen {
  query: string;
  phase: string;
  blocksDone: number;
  blocksTotal: number;
  tuplesDone: number;
  tuplesTotal: number;
}

/** Of a database that the asking session need not be in: the view is the whole server's. */
export function buildsQuery(database: string): string {
  return `SELECT coalesce(jsonb_agg(jsonb_build_object('query', left(a.query, ${comparedLength}), 'phase', p.phase,
      'blocksDone', p.blocks_done, 'blocksTotal', p.blocks_total,
      'tuplesDone', p.tuples_done, 'tuplesTotal', p.tuples_total)), '[]')
    FROM pg_stat_progress_create_index p JOIN pg_stat_activity a USING (pid)
    WHERE p.datname = ${quoteLiteral(database)}`;
}

/**
 * How much of a build is done, by its phase. A btree is scanned, then sorted without a word, then written: in thirds or
 * so, measured. The other kinds tell the blocks that they have read, and nothing of what comes behind.
 */
export function shareOfBuild({ phase, ...of }: Omit<BuildSeen, 'query'>): number {
  const read = of.blocksTotal > 0 ? Math.min(1, of.blocksDone / of.blocksTotal) : 0;
  const written = of.tuplesTotal > 0 ? Math.min(1, of.tuplesDone / of.tuplesTotal) : 0;
  if (phase === 'building index: scanning table') return 0.4 * read;
  if (phase.startsWith('building index: sorting')) return 0.4;
  if (phase.startsWith('building index: loading')) return 0.6 + 0.4 * written;
  return phase === 'building index' ? 0.9 * read : 0;
}

/** Tells how far the index builds of a load are: those that are done, and of those at work what the server says. */
export interface BuildProgress extends AsyncDisposable {
  during<T>(build: StagedBuild, work: () => Promise<T>): Promise<T>;
}

/** @param look asks {@link buildsQuery} */
export function buildProgress(
  look: (signal: AbortSignal) => Promise<BuildSeen[]>,
  tell: (done: IndexWork) => void,
): BuildProgress {
  let done: IndexWork = { count: 0, weight: 0 };
  const atWork = new Map<StagedBuild, number>();
  let watching: AsyncDisposable | undefined;
  const tellAll = (): void => {
    let { weight } = done;
    for (const [build, share] of atWork) weight += build.weight * share;
    tell({ ...done, weight });
  };
  const seen = (builds: readonly BuildSeen[]): void => {
    for (const [build, share] of atWork) {
      const text = build.bytes.toString('utf8');
      const found = builds.find(({ query }) => query !== '' && text.startsWith(query.replace(/;$/, '')));
      if (found !== undefined) atWork.set(build, Math.max(share, shareOfBuild(found)));
    }
    tellAll();
  };
  return {
    during: async (build, work) => {
      watching ??= keepLooking(look, seen);
      atWork.set(build, 0);
      tellAll();
      const result = await work();
      atWork.delete(build);
      done = addWork(done, build);
      tellAll();
      return result;
    },
    [Symbol.asyncDispose]: async () => watching?.[Symbol.asyncDispose](),
  };
}
