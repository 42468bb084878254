import { quoteLiteral } from '../../core/identifiers.ts';
import type { TableName } from '../../core/ports/database-facts.ts';
import type { Client } from './client.ts';
import { configurationOf, exactText } from './configuration-rows.ts';
import { schemaTokenQuery } from './facts-query.ts';
import { readJson } from './read.ts';
import { qualified } from './rows-query.ts';

/**
 * A text that changes whenever something of a database does that goes into its emptied twin. It asks by a psql of its
 * own: it is read while a backup asks too, and a refusal is the end of a psql.
 */
export async function twinToken(
  client: Client,
  database: string,
  keep: readonly TableName[],
): Promise<string> {
  const configuration = await configurationOf(client, database);
  const parts = [
    schemaTokenQuery,
    ...keep.flatMap((table) => [rowVersions(table), ownedSequences(table)]),
    ...configuration.map((one) => (one.kind === 'S' ? sequenceState(one) : rowVersions(one, one.condition))),
  ];
  const all = parts.map((part, place) => `SELECT ${place} AS place, (${part}) AS part`).join(' UNION ALL ');
  const query = `SELECT to_jsonb(md5(string_agg(coalesce(part, ''), ',' ORDER BY place))) FROM (${all}) parts`;
  return readJson<string>(client, database, query, exactText);
}

/** Not what the rows say, but that nobody wrote them: a lock that was taken and given back is another row. */
function rowVersions(table: TableName, condition = ''): string {
  return `SELECT md5(string_agg(version, ',' ORDER BY version COLLATE "C")) FROM (
    SELECT concat(ctid, xmin) AS version FROM ONLY ${qualified(table)} ${condition}) versions`;
}

function sequenceState(sequence: TableName): string {
  return `SELECT concat(last_value, is_called) FROM ${qualified(sequence)}`;
}

function ownedSequences(table: TableName): string {
  return `SELECT string_agg(query_to_xml(format('SELECT last_value, is_called FROM %s', s.oid::regclass), true, true, '')::text,
      ',' ORDER BY s.oid)
    FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
      AND d.refobjid = ${quoteLiteral(qualified(table))}::regclass`;
}
