import { cutShort, parseAnswer } from './answer.ts';
import type { Client } from './client.ts';

/** Runs one query in a database and reads its one JSON document. */
export async function readJson<T>(
  client: Client,
  database: string,
  query: string,
  settings = '',
): Promise<T> {
  return parseAnswer((await read(client, database, query, settings)).join('\n'));
}

/**
 * Runs queries that each give one JSON document, one after another. Each is a transaction of its own: the locks of
 * thousands of tables do not fit into the server's memory.
 */
export async function readEach<T>(
  client: Client,
  database: string,
  queries: readonly string[],
  settings = '',
): Promise<T[]> {
  if (queries.length === 0) return [];
  const lines = await read(client, database, queries.join(';\n'), settings);
  // A table whose count did not arrive must not be taken for an empty one.
  if (lines.length !== queries.length) throw cutShort(`${lines.length} answers to ${queries.length} queries`);
  return lines.map((line) => parseAnswer<T>(line));
}

function read(client: Client, database: string, sql: string, settings: string): Promise<string[]> {
  return runSql(client, database, sql, settings, 'Reading the database');
}

/**
 * Runs SQL in a database by a psql that stays for the next, and gives what it printed.
 *
 * @param doing What it is for, as errors say it.
 */
export function runSql(
  client: Client,
  database: string,
  sql: string,
  settings: string,
  doing: string,
): Promise<string[]> {
  return client.sessions.run(client.work(database, settings), sql, doing, client.signal);
}
