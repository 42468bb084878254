import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '../../core/errors.ts';
import { quoteLiteral } from '../../core/identifiers.ts';
import { type Client, controlTag } from './client.ts';
import { openControl } from './control.ts';
import type { SwapPlan } from './swap.ts';

/**
 * The server carries a swap out even where the one who asked is heard no more, so a conversation that broke off
 * in it says nothing about it: another one asks how it ended.
 *
 * @param error How the conversation broke off; thrown again where nothing was swapped.
 */
export async function requireSwapped(
  client: Client,
  { live, shadow }: SwapPlan,
  error: unknown,
): Promise<void> {
  const found = await nameOnceSettled(client, shadow.oid).catch((cause: unknown) => {
    throw new OperationError('swap-failed', 'It is not known whether the databases were swapped.', {
      hint: 'The server was lost in the middle. Nothing is lost, old and new are both there: npm run db:status',
      cause,
    });
  });
  if (found !== live.name) throw error;
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
