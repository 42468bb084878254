import { compared, comparedLength } from '../../core/archive/load-work.ts';
import { quoteLiteral } from '../../core/identifiers.ts';
import type { SeenAtWork } from '../../core/ports/shadow.ts';
import { type BuildSeen, buildsQuery, shareOfBuild } from './build-progress.ts';

/** What {@link atWorkQuery} gives. */
export interface AtWork {
  copies: { query: string; bytes: number }[];
  builds: BuildSeen[];
}

/** What is loaded and built in a database, asked from any other one; before 14 a server says nothing of a COPY. */
export function atWorkQuery(database: string, serverVersion: string): string {
  const copies = `SELECT coalesce(jsonb_agg(jsonb_build_object('query', left(a.query, ${comparedLength}), 'bytes', p.bytes_processed)), '[]')
    FROM pg_stat_progress_copy p JOIN pg_stat_activity a USING (pid) WHERE p.datname = ${quoteLiteral(database)}`;
  const told = Number.parseInt(serverVersion, 10) >= 14;
  return `SELECT jsonb_build_object('copies', ${told ? `(${copies})` : `'[]'::jsonb`}, 'builds', (${buildsQuery(database)}))`;
}

export function seenAtWork({ copies, builds }: AtWork): SeenAtWork {
  return {
    copies: copies.map(({ query, bytes }) => ({ statement: compared(query), bytes })),
    builds: builds.map(({ query, ...of }) => ({ statement: compared(query), share: shareOfBuild(of) })),
  };
}
