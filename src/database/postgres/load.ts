import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { type CutOptions, cutDump } from '../../core/dump/cut-dump.ts';
import type { Invocation } from '../../process/process.ts';
import type { Client } from './client.ts';
import { feeding } from './feed.ts';

/**
 * A load need not wait for the disk after each statement: 400 tables with an index each took 1.7 to 16 s instead of 6 to
 * 27. Its log comes before that of the swap, and a server's log is flushed in order: where the swap is there after a
 * crash, so is all of the load; where it is not, the shadow is thrown away.
 */
const unhurried = '-c synchronous_commit=off';

/**
 * Settings of a session that loads. Event triggers would fire on, and stop, the dump's own DDL (DESIGN,
 * fact 13); only a superuser may switch them off.
 */
export function loadSettings(server: { version: string; superuser: boolean }): string {
  const common = `${unhurried} -c statement_timeout=0 -c lock_timeout=0 -c client_min_messages=warning -c row_security=off -c lc_monetary=C`;
  if (!server.superuser) return common;
  const major = Number.parseInt(server.version, 10);
  return `${major >= 17 ? '-c event_triggers=off' : '-c session_replication_role=replica'} ${common}`;
}

/**
 * The same for sessions that share a load out among them. Where they take all cores, the server's own parallel workers only
 * get in their way: the indexes of a 600 MB database took two sessions on two cores 5.4 s without and 7.1 s with those
 * (medians of 3, alternating). How many cores a server has it does not say; it is taken to have those of this machine.
 */
export function sharedLoadSettings(
  server: { version: string; superuser: boolean },
  jobs: number,
  cores = availableParallelism(),
): string {
  const none = jobs > 1 && cores < jobs * 2;
  return `${loadSettings(server)}${none ? ' -c max_parallel_maintenance_workers=0' : ''}`;
}

/** The first minor version of each major whose psql knows `\restrict` (CVE-2025-8714). */
const restrictSince = new Map([
  [13, 22],
  [14, 19],
  [15, 14],
  [16, 10],
  [17, 6],
]);

function knowsRestrict(serverVersion: string): boolean {
  const [major = 0, minor = 0] = serverVersion.split('.').map(Number);
  return major >= 18 || minor >= (restrictSince.get(major) ?? Number.POSITIVE_INFINITY);
}

/** Feeds SQL to a psql that stops at the first error, and rejects with what the server said of it. */
export async function feedPsql(
  client: Client,
  invocation: Invocation,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  await feeding(client, signal, async (open) => {
    const feed = open(invocation);
    for await (const chunk of source) await feed.write(chunk);
    await feed.end();
  });
}

/**
 * Locks psql's own commands out of all that it is fed, with a key that nobody knows: a dump's function can change
 * in the middle of it how psql reads the rest (standard_conforming_strings, client_encoding), which no scanner sees.
 */
export async function* restricted(
  source: AsyncIterable<Uint8Array>,
  serverVersion: string,
): AsyncGenerator<Uint8Array> {
  yield restriction(serverVersion);
  yield* source;
}

/** The line that locks them out; empty where psql does not know it. */
export function restriction(serverVersion: string): Buffer {
  return Buffer.from(knowsRestrict(serverVersion) ? `\\restrict ${randomBytes(24).toString('hex')}\n` : '');
}

/** A plain dump as it is loaded: without its DROP section, extensions at the versions they had. */
export async function* cutting(
  plain: AsyncIterable<Uint8Array>,
  extensions: readonly { name: string; version: string }[],
  options: Pick<CutOptions, 'withoutOwners' | 'withoutPolicies'> = {},
): AsyncGenerator<Uint8Array> {
  const cut = cutDump({
    ...options,
    extensionVersions: new Map(extensions.map(({ name, version }) => [name, version])),
  });
  for await (const chunk of plain) yield* cut.write(chunk);
  yield* cut.end();
}
