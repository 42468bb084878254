/**
 * How two accounts of a schema differ, in words; null where they do not. Each is a set of statements in which
 * one may stand several times: the order in which pg_dump writes them may depend on oids.
 */
export function schemaDifferenceOf(live: readonly string[], shadow: readonly string[]): string | null {
  const missing = firstOnlyIn(live, shadow);
  if (missing !== undefined) return `the live database has, and the shadow lacks: ${headOf(missing)}`;
  const extra = firstOnlyIn(shadow, live);
  return extra === undefined ? null : `the shadow has, and the live database lacks: ${headOf(extra)}`;
}

function firstOnlyIn(some: readonly string[], others: readonly string[]): string | undefined {
  const left = new Map<string, number>();
  for (const statement of others) left.set(statement, (left.get(statement) ?? 0) + 1);
  return some.find((statement) => {
    const count = left.get(statement) ?? 0;
    left.set(statement, count - 1);
    return count === 0;
  });
}

function headOf(statement: string): string {
  const line = statement.replaceAll(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 117)}…` : line;
}
