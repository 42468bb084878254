import { readDump } from '../../core/dump/read-dump.ts';
import { OperationError } from '../../core/errors.ts';
import type { LoadOptions, StoredArchive } from '../../core/ports/shadow.ts';
import { drainedOr } from '../../process/drained.ts';
import { type Ended, heldOutput, type Running } from '../../process/process.ts';
import { holdArchive, printPreData, restoreRest } from './archive-folder.ts';
import type { Client } from './client.ts';
import { cutting, feedPsql, loadSettings, restricted, sharedLoadSettings } from './load.ts';
import { loadFailure } from './load-failure.ts';
import { serverMessage, toolError } from './server-error.ts';
import { watchPlace } from './watch.ts';

interface ArchiveLoad {
  client: Client;
  database: string;
  server: { version: string; superuser: boolean };
}

/**
 * Loads an archive into an empty database: what comes before the data as plain SQL, for extensions are made at the
 * versions they had and what is not wanted is left out as it is of a plain dump; then the rest, by pg_restore itself.
 */
export async function loadArchive(
  load: ArchiveLoad,
  archive: StoredArchive,
  options: Omit<LoadOptions, 'schemas'>,
): Promise<void> {
  const { client, database, server } = load;
  const { signal, extensions, withoutOwners, withoutPolicies, jobs } = options;
  await using held = await hold(load, archive, signal);
  const preData = () => printed(load, held.place, signal);
  const reader = readDump();
  for await (const chunk of preData()) reader.write(chunk);
  const { complete, forbidden } = reader.end();
  if (!complete || forbidden !== null)
    throw loadFailure(`pg_restore prints ${forbidden?.what ?? 'half of what it should'}`, undefined);
  const psql = client.psql(database, ['--file', '-'], loadSettings(server));
  const sql = cutting(preData(), extensions, { withoutOwners, withoutPolicies });
  await feedPsql(client, psql, restricted(sql, server.version), signal);
  const args = [
    ...[held.place, withoutPolicies ? 'no-policies' : 'policies', `--jobs=${jobs}`],
    ...(withoutOwners ? ['--no-owner', '--no-privileges'] : []),
  ];
  const child = start(
    load,
    client.script(database, restoreRest, args, sharedLoadSettings(server, jobs)),
    signal,
  );
  child.stdin.end();
  child.stdout.resume();
  await provenEnd(load, child, signal);
}

/** Sends an archive to where the server is; it is there until this is disposed, or this process dies. */
async function hold(
  load: ArchiveLoad,
  { format, bytes, length, sent }: StoredArchive,
  signal: AbortSignal,
): Promise<{ place: string } & AsyncDisposable> {
  const child = start(load, load.client.script(load.database, holdArchive, [format, String(length)]), signal);
  const { letGo } = heldOutput(child); // it may have all of it before the last of it is awaited here
  const line = lines(child.stdout.setEncoding('utf8')[Symbol.asyncIterator]());
  try {
    let alive = true;
    const ended = child.ended.then(() => {
      alive = false;
    });
    let left = length;
    for await (const chunk of bytes) {
      if (!alive) break;
      // Of a file that has grown no more than was to be there: behind that the other side waits for a word from here.
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (!child.stdin.write(part)) await drainedOr(ended, child.stdin);
    }
    if (alive) sent();
    const received = await line();
    if (received !== undefined) child.stdin.write('examined\n');
    const place = await line();
    if (place === undefined) {
      child.stdin.end(); // it may wait for the next word, though nothing is heard of it any more
      await provenEnd(load, child, signal);
      throw loadFailure('the archive did not arrive whole', undefined);
    }
    return {
      place,
      [Symbol.asyncDispose]: async () => {
        child.stdin.end();
        await child.ended;
      },
    };
  } catch (error) {
    child.stdin.end();
    child.kill();
    letGo();
    signal.throwIfAborted();
    throw error;
  }
}

/** The lines of what somebody says, one at a time; undefined where there are no more. */
function lines(said: AsyncIterator<string>): () => Promise<string | undefined> {
  let text = '';
  return async () => {
    while (!text.includes('\n')) {
      const next = await said.next();
      if (next.done === true) return undefined;
      text += next.value;
    }
    const line = text.slice(0, text.indexOf('\n'));
    text = text.slice(line.length + 1);
    return line;
  };
}

/** What pg_restore prints of an archive; rejects at its end where it failed. */
async function* printed(load: ArchiveLoad, place: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const child = start(load, load.client.script(load.database, printPreData, [place]), signal);
  child.stdin.end();
  yield* child.stdout;
  await provenEnd(load, child, signal);
}

function start(
  { client }: ArchiveLoad,
  invocation: Parameters<typeof client.launcher.start>[0],
  signal: AbortSignal,
) {
  signal.throwIfAborted();
  const child = client.launcher.start(invocation);
  signal.addEventListener('abort', child.kill, { once: true });
  void child.ended.then(() => signal.removeEventListener('abort', child.kill));
  return child;
}

async function provenEnd({ client }: ArchiveLoad, child: Running, signal: AbortSignal): Promise<void> {
  const watch = watchPlace(client.launcher, child.kill);
  let ended: Ended;
  try {
    ended = await child.ended;
  } finally {
    watch.stop();
  }
  signal.throwIfAborted();
  if (watch.lost !== undefined) throw watch.lost;
  if (ended.exitCode === 0) return;
  const error = await toolError(client.launcher, ended, 'The restore');
  if (!(error instanceof OperationError) || error.code !== 'failed') throw error;
  throw loadFailure(serverMessage(ended.stderr), error.cause);
}
