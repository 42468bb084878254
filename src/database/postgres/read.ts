import { runProcess } from '../../process/process.ts';
import { cutShort, parseAnswer } from './answer.ts';
import type { Client } from './client.ts';
import { toolError } from './server-error.ts';

/** Runs one query in a database by a psql of its own, and reads its one JSON document. */
export async function readJson<T>(
  client: Client,
  database: string,
  query: string,
  settings = '',
): Promise<T> {
  return parseAnswer(await read(client, database, query, settings));
}

/**
 * Runs queries that each give one JSON document, one after another by one psql. Each is a transaction of its own:
 * the locks of thousands of tables do not fit into the server's memory.
 */
export async function readEach<T>(
  client: Client,
  database: string,
  queries: readonly string[],
  settings = '',
): Promise<T[]> {
  if (queries.length === 0) return [];
  const output = await read(client, database, `${queries.join(';\n')};\n`, settings);
  const lines = output.trimEnd().split('\n');
  // A table whose count did not arrive must not be taken for an empty one.
  if (lines.length !== queries.length) throw cutShort(`${lines.length} answers to ${queries.length} queries`);
  return lines.map((line) => parseAnswer<T>(line));
}

async function read(client: Client, database: string, input: string, settings: string): Promise<string> {
  const { signal } = client;
  const psql = client.psql(database, ['--file', '-'], settings);
  const result = await runProcess(
    client.launcher.start,
    psql,
    signal === undefined ? { input } : { input, signal },
  );
  if (result.exitCode !== 0) throw await toolError(client.launcher, result, 'Reading the database');
  return result.stdout;
}
