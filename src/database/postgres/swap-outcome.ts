import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '../../core/errors.ts';
import { quoteLiteral } from '../../core/identifiers.ts';
import type { Client } from './client.ts';
import { openControl } from './control.ts';
import { controlTag } from './tool-settings.ts';

/**
 * The server carries a rename out even where the one who asked is heard no more, so a conversation that broke off
 * in it says nothing about it: another one asks how it ended.
 *
 * @param incoming The database that was to get this name.
 * @param error How the conversation broke off; thrown again where the name was not given.
 */
export async function requireNamed(
  client: Client,
  incoming: { name: string; oid: number },
  error: unknown,
): Promise<void> {
  const found = await nameOnceSettled(client, incoming.oid).catch((cause: unknown) => {
    throw new OperationError('swap-failed', `It is not known whether ${incoming.name} is the new database.`, {
      hint: 'The server was lost in the middle. Nothing is lost; see what is there: npm run db:status',
      cause,
    });
  });
  if (found !== incoming.name) throw error;
}

/** The name of a database, once no conversation of this operation is at work on the server any more. */
async function nameOnceSettled(client: Client, oid: number): Promise<string | undefined> {
  const { signal } = new AbortController();
  await using session = await openControl(client, { operation: 'swap', access: 'change', signal });
  const atWork = `SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active'
    AND application_name LIKE ${quoteLiteral(`${controlTag} ${client.runId} %`)}`;
  while ((await session.run(atWork)).length > 0) await sleep(100); // its statement has a time limit
  const [name] = await session.run(`SELECT datname FROM pg_database WHERE oid = ${oid}`);
  return name;
}
