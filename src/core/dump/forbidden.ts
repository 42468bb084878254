/**
 * What may not be in a dump that is to be fed to psql: what reaches beyond the one database, and what makes psql read
 * the rest of the file otherwise than we do. pg_dump writes none of it (13 to 18, without --create).
 *
 * It is a guard against files that are no dumps, or were tampered with, not a cage: a function body can hold anything.
 * Whoever loads a foreign file does so as a role without server-program rights.
 */
import { copyTarget, insertTarget, isMark, isWord, type Relation } from './relation.ts';
import type { Statement, Token } from './statement.ts';

/** Every word that begins a statement in a dump of today or of the last years. */
const STARTS = new Set(
  (
    'alter analyze begin comment commit copy create drop end grant insert lock refresh reset revoke rollback ' +
    'security select set start truncate'
  ).split(' '),
);

/** Kinds of objects that do not belong to one database. */
const OUTSIDE = new Set(['database', 'role', 'user', 'group', 'tablespace', 'system', 'owned', 'parameter']);

/** The functions that pg_dump calls, all in pg_catalog. lo_import and lo_export read and write files of the server. */
const CALLED =
  /^(set_config|setval|lo_create|lo_creat|lo_open|lo_close|lo_unlink|lowrite|pg_restore_\w+|binary_upgrade_\w+)$/;

/** Encodings a database can have; in the others, a byte of a longer character can look like a quote or a backslash. */
const ENCODINGS =
  /^(sql_ascii|utf8|unicode|euc_(jp|cn|kr|tw|jis_2004)|latin\d+|win(866|874|125\d)|koi8[ru]?|iso_8859_[5-8]|mule_internal)$/i;

/** Forms of SET that set no variable. */
const SET_FORMS = ['role', 'time', 'transaction', 'constraints', 'session', 'xml'];

function upper(...tokens: readonly (Token | undefined)[]): string {
  return tokens.map((token) => token?.text.toUpperCase() ?? '').join(' ');
}

function outsideKind(tokens: readonly Token[], at: number): string | null {
  const kind = tokens[at];
  if (kind?.kind !== 'word' || !OUTSIDE.has(kind.text)) return null;
  if (kind.text === 'user' && isWord(tokens[at + 1], 'mapping')) return null;
  return upper(tokens[0], kind);
}

/**
 * From these words psql tells whether semicolons end the statement. It passes over quoted names, literals and their
 * prefixes (`U&"x"`, `E'x'`) and its own variables, so what is not plain words could be one statement to it and two to us.
 */
function forbiddenCreate({ first, outer }: Statement): string | null {
  const plain = (at: number): boolean => first[at]?.kind === 'word' && /^[a-z]{2}/.test(first[at].text);
  const replaces = isWord(first[1], 'or');
  if (!plain(1) || (replaces && !(isWord(first[2], 'replace') && plain(3))))
    return 'a CREATE of something that pg_dump does not name';
  return outsideKind(outer, 1);
}

/** Rows of the server's own catalogs can make a role or another database; a superuser may write them. */
function intoCatalog({ schema, name }: Relation): boolean {
  return schema === 'pg_catalog' || (schema === '' && name.startsWith('pg_'));
}

function forbiddenCopy(statement: Statement): string | null {
  const target = copyTarget(statement);
  if (target !== null) return intoCatalog(target) ? 'rows for a catalog of the server' : null;
  if (statement.outer.some((token) => isWord(token, 'program'))) return 'COPY … PROGRAM';
  return 'a COPY that is not COPY table FROM stdin';
}

/** GRANT and REVOKE of a role have no ON; those on a database, tablespace or parameter reach outside. */
function forbiddenGrant({ outer }: Statement): string | null {
  const on = outer.findIndex((token) => isWord(token, 'on'));
  if (on < 0) return `${upper(outer[0])} of a role`;
  const kind = outsideKind(outer, on + 1);
  return kind === null ? null : `${upper(outer[0])} ON ${upper(outer[on + 1])}`;
}

/** COMMENT ON and SECURITY LABEL … ON. */
function forbiddenLabel({ outer }: Statement): string | null {
  const on = outer.findIndex((token) => isWord(token, 'on'));
  const kind = outsideKind(outer, on + 1);
  return kind === null ? null : `${upper(outer[0])} ON ${upper(outer[on + 1])}`;
}

function forbiddenSet({ first }: Statement): string | null {
  let at = 1;
  if (isWord(first[at], 'session', 'local') && !isWord(first[at + 1], 'authorization', 'characteristics'))
    at += 1;
  const name = first[at];
  const value = first[at + 2]?.text ?? '';
  if (isMark(first[at + 1], '=') || isWord(first[at + 1], 'to')) {
    const variable = name?.text.toLowerCase();
    if (variable === 'standard_conforming_strings' && !/^(on|true|yes|1)$/i.test(value)) {
      return 'SET standard_conforming_strings to another value than on';
    }
    if (variable === 'allow_system_table_mods') return 'SET allow_system_table_mods';
    if (variable === 'client_encoding' && !ENCODINGS.test(value))
      return `SET client_encoding = ${value.slice(0, 20)}`;
    return null;
  }
  return isWord(name, ...SET_FORMS) ? null : 'a SET in a form that pg_dump does not write';
}

function forbiddenReset({ first }: Statement): string | null {
  if (isWord(first[1], 'session') && isWord(first[2], 'authorization')) return null;
  const harmless =
    first[1]?.kind === 'word' && /^(?!standard_conforming_strings|client_encoding|all)/.test(first[1].text);
  return harmless && first.length === 2 ? null : 'a RESET that changes how the file is read';
}

function forbiddenSelect({ first }: Statement): string | null {
  const at = isMark(first[1], '*') && isWord(first[2], 'from') ? 3 : 1;
  const called = first[at + 2];
  const inCatalog =
    isWord(first[at], 'pg_catalog') && isMark(first[at + 1], '.') && isMark(first[at + 3], '(');
  if (!inCatalog || called?.kind !== 'word' || !CALLED.test(called.text)) {
    return 'a SELECT of something that pg_dump does not call';
  }
  if (called.text !== 'set_config') return null;
  const searchPath = first[at + 4]?.kind === 'text' && first[at + 4]?.text === 'search_path';
  return searchPath ? null : 'a set_config of something else than search_path';
}

/** What is forbidden about a statement that has ended, in words; null: nothing. */
export function forbiddenStatement(statement: Statement): string | null {
  const { first, outer } = statement;
  const start = first[0];
  if (start === undefined) return null;
  if (statement.stranger !== null)
    return `${upper(statement.stranger).slice(0, 40)} after a semicolon inside a statement`;
  if (start.kind !== 'word' || !STARTS.has(start.text)) {
    return start.kind === 'word'
      ? `${upper(start).slice(0, 40)}, which pg_dump does not write`
      : 'text that is no statement';
  }
  switch (start.text) {
    case 'copy':
      return forbiddenCopy(statement);
    case 'insert': {
      const target = insertTarget(statement);
      return target !== null && intoCatalog(target) ? 'rows for a catalog of the server' : null;
    }
    case 'create':
      return forbiddenCreate(statement);
    case 'alter':
    case 'drop':
      return outsideKind(outer, 1);
    case 'grant':
    case 'revoke':
      return forbiddenGrant(statement);
    case 'comment':
    case 'security':
      return forbiddenLabel(statement);
    case 'set':
      return forbiddenSet(statement);
    case 'reset':
      return forbiddenReset(statement);
    case 'select':
      return forbiddenSelect(statement);
    default:
      return null;
  }
}
