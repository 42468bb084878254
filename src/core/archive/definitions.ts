/**
 * What pg_restore would run of an entry, held against the same rules as plain SQL (`dump/forbidden.ts`). Besides the
 * definition it is the statement before the data, and the DROP: to give a function its owner, pg_restore writes what
 * stands behind `DROP` into an ALTER (`_getObjectDescription` in pg_backup_archiver.c).
 */
import { Kind } from '../dump/elements.ts';
import { forbiddenStatement } from '../dump/forbidden.ts';
import { copyTarget, type Relation } from '../dump/relation.ts';
import type { Statement } from '../dump/statement.ts';
import { walkDump } from '../dump/walk.ts';

interface Sql {
  readonly statements: readonly Statement[];
  /** The first thing in it that is no SQL of a dump, in words. */
  readonly trouble: string | null;
  /** What is open at its end. */
  readonly open: ReturnType<ReturnType<typeof walkDump>['end']>;
}

function sqlOf(text: Buffer): Sql {
  const statements: Statement[] = [];
  let trouble: string | null = null;
  const walk = walkDump({
    span(kind, bytes, from, to) {
      if (kind !== Kind.command) return;
      const name = /^\\[A-Za-z!?.+-]{0,20}/.exec(
        bytes.toString('latin1', from, Math.min(to, from + 24)),
      )?.[0];
      trouble ??= `the psql command ${name}`;
    },
    ended: (statement) => statements.push(statement),
    copyData() {
      trouble ??= 'data in a definition';
    },
    copyEnd() {},
    through() {},
    trouble(what) {
      trouble ??= what;
    },
  });
  walk.write(text);
  return { statements, open: walk.end(), trouble };
}

/** The statements of a definition, as far as they end. */
export function statementsOf(text: Buffer): readonly Statement[] {
  return sqlOf(text).statements;
}

/** A comment may be last: pg_restore writes line ends after each definition. */
const ENDS = new Set<Sql['open']>([null, Kind.lineComment]);

/** What is forbidden about a definition, in words; null: nothing. */
export function forbiddenDefinition(text: Buffer): string | null {
  const { statements, trouble, open } = sqlOf(text);
  for (const statement of statements) {
    const what =
      copyTarget(statement) === null ? forbiddenStatement(statement) : 'a COPY … FROM stdin in a definition';
    if (what !== null) return what;
  }
  return trouble ?? (ENDS.has(open) ? null : 'a definition that does not end');
}

/**
 * The same for the DROP of an entry. `naming`: it is what pg_restore takes the object's name from, all behind the
 * first five bytes.
 */
export function forbiddenDrop(text: Buffer, naming: boolean): string | null {
  const { statements } = sqlOf(text);
  const single = statements.length <= 1 && text.toString('latin1', 0, 5) === 'DROP ';
  if (naming && text.length > 0 && !single) return 'more than one DROP in the place of one';
  return forbiddenDefinition(text);
}

/** The table whose rows follow `COPY … FROM stdin;`, or what else that is, in words. */
export function copyInto(text: Buffer): { table: Relation | null; forbidden: string | null } {
  const { statements, trouble, open } = sqlOf(text);
  const [copy, ...others] = statements;
  const table = copy === undefined ? null : copyTarget(copy);
  const alone = others.length === 0 && (open === 'copy' || open === null);
  if (copy === undefined || table === null || !alone || trouble !== null)
    return { table: null, forbidden: trouble ?? 'rows that do not follow a COPY … FROM stdin' };
  return { table, forbidden: forbiddenStatement(copy) };
}
