import { runProcess } from '../../process/process.ts';
import type { Client } from './client.ts';
import { toolError } from './server-error.ts';

/** Runs one query in a database by a psql of its own, and reads its one JSON document. */
export async function readJson<T>(
  client: Client,
  database: string,
  query: string,
  settings = '',
): Promise<T> {
  const args = ['--single-transaction', '--file', '-'];
  const result = await runProcess(client.launcher.start, client.psql(database, args, settings), {
    input: query,
    ...(client.signal === undefined ? {} : { signal: client.signal }),
  });
  if (result.exitCode !== 0) throw await toolError(client.launcher, result, 'Reading the database');
  return JSON.parse(result.stdout) as T;
}
