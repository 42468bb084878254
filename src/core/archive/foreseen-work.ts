import { weigh } from '../dump/index-build.ts';
import { type LaterWork, noLaterWork, withStatement } from '../dump/later-work.ts';
import { tableTally } from '../dump/table-tally.ts';
import type { Entry } from './entry.ts';
import type { LoadWork } from './load-work.ts';

interface ForeseenWork extends LaterWork {
  readonly work: LoadWork;
}

/** Puts together what a load of entries does; the rows come before the indexes that are built on them. */
export function foreseenWork() {
  const tables = tableTally();
  const copies: LoadWork['copies'][number][] = [];
  const later: NonNullable<Entry['work']>[] = [];
  return {
    add({ work, table }: Pick<Entry, 'work' | 'table'>, bytes: number): void {
      if (work === null) return;
      if (table === null) later.push(work);
      else {
        copies.push({ statement: work.statement, bytes });
        tables.add(table, 0, bytes);
      }
    },
    all(): ForeseenWork {
      const { bytesOf } = tables;
      const builds = later.flatMap(({ statement, build }) =>
        build === null ? [] : [{ statement, weight: weigh(build, bytesOf(build.table)).weight }],
      );
      const all = later.reduce((sum, one) => withStatement(sum, one, bytesOf), noLaterWork);
      return { work: { copies, builds }, ...all };
    },
  };
}
