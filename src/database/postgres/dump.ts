import type { Packing } from '../../core/backup-format.ts';
import { OperationError } from '../../core/errors.ts';
import type { Dump } from '../../core/ports/shadow.ts';
import { gathered } from '../../process/gather.ts';
import { heldOutput, type Invocation, type Running } from '../../process/process.ts';
import type { Client } from './client.ts';
import { lacksPacking, ownPacking } from './packing.ts';
import { serverMessage, toolError } from './server-error.ts';
import { watchPlace } from './watch.ts';

/** What a dump writes. */
interface DumpContent {
  readonly args: readonly string[];
  /** Packed on its way: it is large, else a packer costs more than it saves. */
  readonly packed?: { readonly as: Packing; readonly serverVersion: string };
}

/** SPEC 3's plain SQL with DROP and CREATE. Packed so if it can be had, else otherwise or not at all. */
export function wholeDump(as: Packing, { version: serverVersion }: { version: string }): DumpContent {
  return { args: ['--clean', '--if-exists'], packed: { as, serverVersion } };
}
/** The schema alone. */
export const schemaDump: DumpContent = { args: ['--schema-only'] };

/**
 * Starts pg_dump. Its bytes are passed on as they come; a failure shows in `finished`, never in a short stream alone.
 * A reader that stops before the end ends it.
 */
export function startDump(client: Client, database: string, content: DumpContent, signal: AbortSignal): Dump {
  return startOneOf(client, waysOf(client, database, content), signal);
}

/** How to have a dump, and how instead where this pg_dump was built without the means of the first. */
export interface DumpWays {
  readonly first: Invocation;
  readonly instead?: Invocation | undefined;
}

/** The same for whatever has pg_dump print a dump. */
export function startOneOf(client: Client, { first, instead }: DumpWays, signal: AbortSignal): Dump {
  signal.throwIfAborted(); // who comes too late for its event would not be ended by it
  const child = start(client, first);
  const children = [child];
  const kill = (): void => {
    for (const one of children) {
      one.kill();
      one.letGo(); // where nobody reads: else it would never have ended
    }
  };
  const other = child.ended.then(({ exitCode, stderr }) => {
    if (instead === undefined || signal.aborted || exitCode === 0 || !lacksPacking.test(stderr))
      return undefined;
    const started = start(client, instead);
    children.push(started);
    return started;
  });
  signal.addEventListener('abort', kill, { once: true });
  const watch = watchPlace(client.launcher, kill);
  const finished = other.then(async (second) => {
    const ended = await (second ?? child).ended;
    watch.stop();
    signal.removeEventListener('abort', kill);
    signal.throwIfAborted();
    if (watch.lost !== undefined) throw watch.lost;
    if (ended.exitCode === 0) return;
    const error = await toolError(client.launcher, ended, 'The dump');
    if (!(error instanceof OperationError) || error.code !== 'failed') throw error;
    // pg_dump sets its limit for locks as one for the statement.
    const waited = /canceling statement due to (lock|statement) timeout/.test(ended.stderr);
    const locked = waited && /Query was: LOCK TABLE (.*) IN ACCESS SHARE MODE/s.exec(ended.stderr)?.[1];
    if (locked) {
      throw new OperationError('dump-failed', `A table stayed locked by somebody else: one of ${locked}.`, {
        hint: 'End what holds it (pg_stat_activity shows who waits for whom), then try again. Nothing was published.',
        cause: error.cause,
      });
    }
    throw new OperationError('dump-failed', `pg_dump failed: ${serverMessage(ended.stderr)}.`, {
      hint: /permission denied|row-level security/.test(ended.stderr)
        ? `The role ${client.launcher.user} may not read all of it: set DB_USER to one that may. Nothing was published.`
        : 'Nothing was published; earlier backups are as they were.',
      cause: error.cause,
    });
  });
  finished.catch(() => {}); // it is awaited after the stream; until then a rejection is not unhandled
  async function* arriving(): AsyncGenerator<Buffer> {
    let whole = false;
    try {
      yield* gathered(child.stdout);
      const second = await other;
      if (second !== undefined) yield* gathered(second.stdout);
      whole = true;
    } finally {
      if (!whole) kill();
    }
  }
  return { stream: arriving(), finished };
}

function start({ launcher }: Client, invocation: Invocation): Running & { readonly letGo: () => void } {
  const child = launcher.start(invocation);
  child.stdin.end();
  // Its reader opens a file first; a small dump may have ended by then.
  return { ...child, ...heldOutput(child) };
}

/** How to have it packed, or not. */
function waysOf(client: Client, database: string, { args: content, packed }: DumpContent): DumpWays {
  const args = ['--format=plain', `--lock-wait-timeout=${client.launcher.lockWaitMs}`, ...content];
  if (packed === undefined) return { first: client.pgDump(database, args) };
  const beside = client.pgDump(database, args, packed.as);
  const own = ownPacking(packed.as, packed.serverVersion);
  return own === undefined
    ? { first: beside }
    : { first: client.pgDump(database, [...args, own]), instead: beside };
}
