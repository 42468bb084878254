import { readDump } from '../../src/core/dump/read-dump.ts';
import { splitStatements } from '../../src/core/dump/statements.ts';
import { type PsqlReading, readByPsql } from './hostile-psql.ts';

const HEAD = '--\n-- PostgreSQL database dump\n--\n\n';
// The byte is no UTF-8: so statements are compared byte by byte.
const TAIL = '-- \u00ff\n--\n-- PostgreSQL database dump complete\n--\n\n';

/** A dump as pg_dump framed it before `\restrict`: nothing but the scanner stands between it and psql. */
export const unguardedDump = (body: string): Buffer => Buffer.from(`${HEAD}${body}${TAIL}`, 'latin1');

function facts(dump: Buffer) {
  const reader = readDump();
  reader.write(dump);
  return reader.end();
}

/** Whether the product would load it. */
export function passes(body: string): boolean {
  const { complete, forbidden } = facts(unguardedDump(body));
  return complete && forbidden === null;
}

/**
 * What a real psql makes otherwise of bodies that the scanner passes, in words; nothing where the two agree on
 * every statement, on the rows, and that there is no command of psql's in it.
 */
export async function disagreements(major: 15 | 17, bodies: readonly string[]): Promise<string[]> {
  const groups = inGroups(bodies, together);
  const suspects = (await differences(major, groups)).map(({ group }) => group);
  // By themselves, to name the one; a few are enough, each costs a psql.
  const alone = await differences(
    major,
    suspects.slice(0, 2).flatMap((group) => inGroups(group, 1)),
  );
  const named =
    alone.length > 0 || suspects.length === 0 ? alone : await differences(major, suspects.slice(0, 1));
  return named.map(({ group, because }) =>
    `${JSON.stringify(group.join(between))}: ${because}`.replaceAll(/x{80,}/g, (run) => `<${run.length} x>`),
  );
}

/** So that what is between two bodies means nothing. */
const between = '\nSET a = 1;\n';

/** A psql takes longer to start than to read this many. */
const together = 40;

function inGroups(bodies: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(bodies.length / size) }, (_, index) => [
    ...bodies.slice(index * size, (index + 1) * size),
  ]);
}

async function differences(major: 15 | 17, groups: readonly string[][]) {
  const dumps = groups.map((group) => unguardedDump(group.join(between)));
  const readings = await readByPsql(major, dumps);
  return groups.flatMap((group, index) => {
    const [dump, reading] = [dumps[index], readings[index]];
    const because = dump === undefined || reading === undefined ? 'not read' : difference(dump, reading);
    return because === null ? [] : [{ group, because }];
  });
}

function difference(dump: Buffer, { complaints, queries, rows }: PsqlReading): string | null {
  if (complaints !== '') return `psql said ${complaints.trim()}`;
  const statements = splitStatements(dump);
  // A block comment behind the last statement is sent by itself.
  const sent = queries.filter(
    (query, at) => at < queries.length - 1 || !/^\/\*/.test(query) || query.endsWith(';'),
  );
  const at = statements.findIndex(
    (statement, index) => !normal(sent[index] ?? '').endsWith(normal(statement)),
  );
  if (at >= 0) return `psql sent ${JSON.stringify(sent[at])} for ${JSON.stringify(statements[at])}`;
  if (sent.length > statements.length)
    return `psql sent more: ${JSON.stringify(sent.slice(statements.length))}`;
  const lines = rows.split('\n').filter((line) => line !== '\\.').length - 1;
  const counted = facts(dump).tables.find((table) => table.name === 'copied')?.rows ?? 0;
  return lines === counted ? null : `psql sent ${lines} rows where ${counted} were counted`;
}

/** psql puts the answer in the place of its test whether a variable is set, and leaves empty lines out. */
function normal(statement: string): string {
  return statement
    .replaceAll(/:\{\?\w+\}|FALSE/g, '?')
    .replaceAll(/\n+/g, '\n')
    .trim();
}
