import { addWork, type IndexWork, weigh } from '../dump/index-build.ts';
import type { Relation } from '../dump/relation.ts';
import type { Entry } from './entry.ts';
import type { LoadWork } from './load-work.ts';

interface ForeseenWork {
  readonly work: LoadWork;
  readonly builds: IndexWork;
  readonly references: number;
}

/** Puts together what a load of entries does; the rows come before the indexes that are built on them. */
export function foreseenWork() {
  const bytesOf = new Map<string, number>();
  const copies: LoadWork['copies'][number][] = [];
  const later: NonNullable<Entry['work']>[] = [];
  const keyOf = ({ schema, name }: Relation): string => `${schema}\0${name}`;
  return {
    add({ work, table }: Pick<Entry, 'work' | 'table'>, bytes: number): void {
      if (work === null) return;
      if (table === null) later.push(work);
      else {
        copies.push({ statement: work.statement, bytes });
        bytesOf.set(keyOf(table), (bytesOf.get(keyOf(table)) ?? 0) + bytes);
      }
    },
    all(): ForeseenWork {
      const sized = (table: Relation): number => bytesOf.get(keyOf(table)) ?? 0;
      const builds = later.flatMap(({ statement, build }) =>
        build === null ? [] : [{ statement, weight: weigh(build, sized(build.table)).weight }],
      );
      return {
        work: { copies, builds },
        builds: builds.reduce<IndexWork>(addWork, { count: 0, weight: 0 }),
        references: later.reduce((sum, { refers }) => sum + (refers === null ? 0 : sized(refers)), 0),
      };
    },
  };
}
