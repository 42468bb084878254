import { quoteIdentifier } from '../../core/identifiers.ts';
import type { TableName } from '../../core/ports/target.ts';
import type { Client } from './client.ts';
import { type Configuration, configurationOf } from './configuration-rows.ts';
import { schemaTokenQuery } from './facts-query.ts';
import { contentQuery } from './kept-rows.ts';
import { readText } from './live-reading.ts';
import { qualified } from './rows-query.ts';

/** A text that changes whenever something of a database does that goes into its emptied twin. */
export async function twinToken(
  client: Client,
  database: string,
  keep: readonly TableName[],
): Promise<string> {
  const configuration = await configurationOf(client, database);
  const parts = [
    schemaTokenQuery,
    ...keep.map((table) => `SELECT kept.content::text FROM (${contentQuery(table)}) kept`),
    ...configuration.map(configurationContentQuery),
  ];
  return readText(
    client,
    database,
    `SELECT md5(concat_ws(',', ${parts.map((part) => `(${part})`).join(', ')}))`,
  );
}

/** The condition names columns, perhaps with the table's own name before them: it gets no other. */
function configurationContentQuery(one: Configuration): string {
  if (one.kind === 'S') return `SELECT concat(last_value, is_called) FROM ${qualified(one)}`;
  return `SELECT md5(string_agg(line, '' ORDER BY line COLLATE "C")) FROM (
    SELECT md5((${quoteIdentifier(one.name)}.*)::text) AS line FROM ONLY ${qualified(one)} ${one.condition}) lines`;
}
