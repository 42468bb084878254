import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type CutOptions, cutDump } from '../../core/dump/cut-dump.ts';
import { OperationError } from '../../core/errors.ts';
import type { Invocation } from '../../process/process.ts';
import type { Client } from './client.ts';
import { loadFailure } from './load-failure.ts';
import { serverMessage, toolError } from './server-error.ts';
import { watchPlace } from './watch.ts';

/** Settings of every session in a user's database, once the server is known: nothing of the user's fires. */
export function quietSettings(server: { version: string; superuser: boolean }): string {
  if (Number.parseInt(server.version, 10) < 17) return '';
  return `-c transaction_timeout=0${server.superuser ? ' -c event_triggers=off' : ''}`;
}

/**
 * Settings of a session that loads. Event triggers would fire on, and stop, the dump's own DDL (DESIGN,
 * fact 13); only a superuser may switch them off.
 */
export function loadSettings(server: { version: string; superuser: boolean }): string {
  const common =
    '-c statement_timeout=0 -c lock_timeout=0 -c client_min_messages=warning -c row_security=off -c lc_monetary=C';
  if (!server.superuser) return common;
  const major = Number.parseInt(server.version, 10);
  return `${major >= 17 ? '-c event_triggers=off' : '-c session_replication_role=replica'} ${common}`;
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

/**
 * Feeds SQL to a psql that stops at the first error. That psql ends with code 0 proves nothing about the end
 * of its input: it takes a cut stream for a complete one (DESIGN, fact 1). So it has to answer a last question.
 */
export async function feedPsql(
  client: Client,
  invocation: Invocation,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const child = client.launcher.start(invocation);
  signal.addEventListener('abort', child.kill, { once: true });
  const end = `the end ${randomBytes(8).toString('hex')}`;
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2 * end.length);
  });
  const watch = watchPlace(client.launcher, child.kill);
  let alive = true;
  const ended = child.ended.then((result) => {
    alive = false;
    return result;
  });
  try {
    for await (const chunk of source) {
      if (!alive || signal.aborted) break;
      if (!child.stdin.write(chunk)) await drainedOr(ended, child.stdin);
    }
    child.stdin.end(`\n;SELECT '${end}';\n`);
    const result = await ended;
    signal.throwIfAborted();
    if (watch.lost !== undefined) throw watch.lost;
    if (result.exitCode !== 0) throw await loadError(client, result);
    if (!said.endsWith(`${end}\n`)) throw (await client.launcher.explain(result)) ?? endedEarly();
  } catch (error) {
    child.kill();
    signal.throwIfAborted(); // why it was given up tells more than that a stream broke off
    throw error;
  } finally {
    watch.stop();
    signal.removeEventListener('abort', child.kill);
  }
}

/**
 * Locks psql's own commands out of all that it is fed, with a key that nobody knows: a dump's function can change
 * in the middle of it how psql reads the rest (standard_conforming_strings, client_encoding), which no scanner sees.
 */
export async function* restricted(
  source: AsyncIterable<Uint8Array>,
  serverVersion: string,
): AsyncGenerator<Uint8Array> {
  if (knowsRestrict(serverVersion)) yield Buffer.from(`\\restrict ${randomBytes(24).toString('hex')}\n`);
  yield* source;
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

/** Waits until a stream takes more, or until its reader is gone. */
async function drainedOr(ended: Promise<unknown>, stream: NodeJS.EventEmitter): Promise<void> {
  const waiting = new AbortController();
  // A pipe that broke says less than how its reader ended.
  const drained = once(stream, 'drain', { signal: waiting.signal }).catch(() => ended);
  await Promise.race([drained, ended]);
  waiting.abort(); // takes the listener away where the reader went first
}

function endedEarly(): OperationError {
  return new OperationError('restore-failed', 'The load ended before all of the SQL had arrived.', {
    hint: 'Try again. The live database was not touched.',
  });
}

async function loadError(client: Client, ended: Parameters<typeof toolError>[1]): Promise<Error> {
  const error = await toolError(client.launcher, ended, 'The restore');
  if (!(error instanceof OperationError) || error.code !== 'failed') return error;
  const place = /^psql:[^:]*:(\d+): ERROR: {1,2}(.*?)\.?$/m.exec(ended.stderr);
  const what = place ? `${place[2]} (line ${place[1]} of what was loaded)` : serverMessage(ended.stderr);
  return loadFailure(what, error.cause);
}
