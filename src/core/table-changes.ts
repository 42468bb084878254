import type { TableRows } from './ports/database-facts.ts';

/** How one table differs between two states; null where a state does not have it. */
export interface TableChange {
  schema: string;
  name: string;
  before: number | null;
  after: number | null;
}

/** The tables whose presence or row count differs, by name. */
export function tableChanges(before: readonly TableRows[], after: readonly TableRows[]): TableChange[] {
  const key = (table: TableRows): string => JSON.stringify([table.schema, table.name]);
  const earlier = new Map(before.map((table) => [key(table), table]));
  const later = new Map(after.map((table) => [key(table), table]));
  return [...new Map([...earlier, ...later])]
    .map(([id, { schema, name }]) => ({
      schema,
      name,
      before: earlier.get(id)?.rows ?? null,
      after: later.get(id)?.rows ?? null,
    }))
    .filter((change) => change.before !== change.after)
    .sort((a, b) => compare(a.schema, b.schema) || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
