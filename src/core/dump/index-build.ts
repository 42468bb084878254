/** Statements that build an index, and which of them may be at work beside each other. */
import { isMark, isWord, qualifiedAt, type Relation } from './relation.ts';
import type { Statement, Token } from './statement.ts';

export interface IndexBuild {
  readonly table: Relation;
  /** Nothing else may be built on its table beside it: it locks the table against everybody. */
  readonly alone: boolean;
  /** btree where none is named */
  readonly method: string;
}

/** Whether a statement of which only the beginning is known may turn out to be an index build. */
export function mayBuildIndex({ first }: Pick<Statement, 'first'>): boolean {
  const [start, second, third] = first;
  if (start === undefined) return true;
  if (isWord(start, 'alter')) return mayBe(second, 'table') && mayBe(third, 'only');
  if (!isWord(start, 'create')) return false;
  return mayBe(second, 'index') || (mayBe(second, 'unique') && mayBe(third, 'index'));
}

/**
 * Reads `CREATE [UNIQUE] INDEX name ON schema.table …` and `ALTER TABLE ONLY schema.table ADD CONSTRAINT name
 * PRIMARY KEY | UNIQUE …`, as pg_dump writes them; null for every other statement. Among those are what is done at once
 * (`ON ONLY`, on a partitioned table) and EXCLUDE: its expressions may read other tables while it locks its own against
 * everybody, so two of them can wait for each other. A name without its schema may be that of a temporary table, which
 * one session alone sees.
 */
export function indexBuild({ outer, outerCount }: Statement): IndexBuild | null {
  if (outerCount > outer.length) return null;
  const build = isWord(outer[0], 'create') ? createIndex(outer) : addConstraint(outer);
  return build?.table.schema.startsWith('pg_temp') ? null : build;
}

function createIndex(outer: readonly Token[]): IndexBuild | null {
  const index = isWord(outer[1], 'unique') ? 2 : 1;
  const name = outer[index + 1];
  // Where none is named the server makes one up, by those that are there already.
  const named = name !== undefined && name.kind !== 'mark' && !isWord(name, 'concurrently', 'if', 'on');
  if (!isWord(outer[index], 'index') || !named || !isWord(outer[index + 2], 'on')) return null;
  const on = qualifiedAt(outer, index + 3);
  if (on === null) return null;
  const using = isWord(outer[on.next], 'using');
  const method = using ? outer[on.next + 1]?.text : 'btree';
  if (method === undefined || !isMark(outer[on.next + (using ? 2 : 0)], '(')) return null;
  return { table: on.relation, alone: false, method };
}

/** The table whose every row `ALTER TABLE ONLY schema.table ADD CONSTRAINT name FOREIGN KEY …` looks up; else null. */
export function foreignKeyOf({ outer }: Pick<Statement, 'outer'>): Relation | null {
  const added = constraintAdded(outer);
  return added !== null && isWord(outer[added.kind], 'foreign') ? added.table : null;
}

/** @returns the place where it says what kind of constraint it is */
function constraintAdded(outer: readonly Token[]): { table: Relation; kind: number } | null {
  if (!isWord(outer[0], 'alter') || !isWord(outer[1], 'table') || !isWord(outer[2], 'only')) return null;
  const on = qualifiedAt(outer, 3);
  if (on === null || !isWord(outer[on.next], 'add') || !isWord(outer[on.next + 1], 'constraint')) return null;
  return { table: on.relation, kind: on.next + 3 };
}

function addConstraint(outer: readonly Token[]): IndexBuild | null {
  const added = constraintAdded(outer);
  if (added === null) return null;
  const { table, kind } = added;
  const unique = isWord(outer[kind], 'unique');
  if (!unique && !(isWord(outer[kind], 'primary') && isWord(outer[kind + 1], 'key'))) return null;
  // More than one action, or USING an index that may not be built yet.
  const more = outer.slice(kind).some((token) => isMark(token, ',') || isWord(token, 'using'));
  return more ? null : { table, alone: true, method: 'btree' };
}

function mayBe(token: Token | undefined, word: string): boolean {
  return token === undefined || isWord(token, word);
}

/** An index build with a measure of how long it takes beside others. */
export interface Weighed extends IndexBuild {
  readonly weight: number;
}

/** How much more than a btree an index of another kind takes for the same rows, roughly: GIN took 2 to 5 times as long. */
const OTHER_METHODS = 4;

/** @param bytes of the table's rows, as the dump has them; 0 where it is not known */
export function weigh(build: IndexBuild, bytes: number): Weighed {
  const quick = ['btree', 'hash', 'brin'].includes(build.method);
  return { ...build, weight: bytes * (quick ? 1 : OTHER_METHODS) };
}

/** Index builds together. */
export interface IndexWork {
  readonly count: number;
  readonly weight: number;
}

/** Adds up the builds that have anything to do: one on an empty table is over at once. */
export function addWork({ count, weight }: IndexWork, more: Pick<Weighed, 'weight'>): IndexWork {
  return more.weight > 0 ? { count: count + 1, weight: weight + more.weight } : { count, weight };
}

/** The heaviest first, because a heavy one that begins last is waited for alone; equals stay in order. */
export function heaviestFirst<B extends Weighed>(builds: readonly B[]): B[] {
  return builds.toSorted((one, other) => other.weight - one.weight);
}

/** The first of the waiting builds that may begin beside those at work; undefined where all must go on waiting. */
export function nextBuild<B extends IndexBuild>(
  waiting: readonly B[],
  atWork: readonly IndexBuild[],
): B | undefined {
  return waiting.find(
    (build) => !atWork.some((other) => sameTable(build, other) && (build.alone || other.alone)),
  );
}

function sameTable({ table: one }: IndexBuild, { table: other }: IndexBuild): boolean {
  return one.schema === other.schema && one.name === other.name;
}
