import type { Relation } from './relation.ts';

interface Tallied extends Relation {
  rows: number;
  bytes: number;
}

/** Rows and their bytes by table, as they go by, in the order in which the tables came. */
export interface TableTally {
  add(table: Relation, rows: number, bytes?: number): void;
  list(): { schema: string; name: string; rows: number }[];
  /** Of one table, by now; 0 where nothing of it has come. */
  bytesOf(table: Relation): number;
  /** Of all tables. */
  rows(): number;
}

export function tableTally(): TableTally {
  const byName = new Map<string, Tallied>();
  const keyOf = ({ schema, name }: Relation): string => `${schema}\0${name}`;
  let all = 0;
  return {
    add({ schema, name }, rows, bytes = 0) {
      all += rows;
      const key = keyOf({ schema, name });
      const table = byName.get(key);
      if (table) {
        table.rows += rows;
        table.bytes += bytes;
      } else byName.set(key, { schema, name, rows, bytes });
    },
    list: () => [...byName.values()].map(({ schema, name, rows }) => ({ schema, name, rows })),
    bytesOf: (table) => byName.get(keyOf(table))?.bytes ?? 0,
    rows: () => all,
  };
}
