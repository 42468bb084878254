import { quoteLiteral } from '../../core/identifiers.ts';
import type { TableName } from '../../core/ports/database-facts.ts';
import { exactText } from './configuration-rows.ts';
import type { SchemaCopy } from './copy.ts';
import { readJson } from './read.ts';
import { qualified } from './rows-query.ts';

/** The rows of a table in no particular order, and where the sequences stand that it owns. */
function contentQuery(table: TableName): string {
  const name = quoteLiteral(qualified(table));
  return `SELECT ${name} AS name, jsonb_build_object(
    'rows', (SELECT md5(string_agg(line, '' ORDER BY line COLLATE "C"))
      FROM (SELECT md5(t::text) AS line FROM ONLY ${qualified(table)} t) lines),
    'sequences', (SELECT jsonb_agg(jsonb_build_array(s.oid::regclass::text,
        query_to_xml(format('SELECT last_value, is_called FROM %s', s.oid::regclass), true, true, '')::text)
        ORDER BY s.oid::regclass::text)
      FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
      WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
        AND d.refobjid = ${name}::regclass)) AS content`;
}

/** Which of the kept tables is not what it is in the live database, in words; null where all are. */
export async function keptRowsDifference(
  { client, live, shadow }: SchemaCopy,
  keep: readonly TableName[],
): Promise<string | null> {
  if (keep.length === 0) return null;
  const contents = keep.map(contentQuery).join(' UNION ALL ');
  const query = `SELECT jsonb_object_agg(x.name, x.content::text) FROM (${contents}) x`;
  const settings = `${exactText} -c TimeZone=UTC -c row_security=off`;
  const [ours, theirs] = await Promise.all(
    [shadow, live.name].map((name) => readJson<Record<string, string>>(client, name, query, settings)),
  );
  const different = Object.keys(theirs ?? {}).find((name) => theirs?.[name] !== ours?.[name]);
  return different === undefined ? null : `the rows of ${different} changed meanwhile`;
}
