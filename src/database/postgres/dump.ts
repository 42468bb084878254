import { OperationError } from '../../core/errors.ts';
import type { Dump } from '../../core/ports/target.ts';
import type { Client } from './client.ts';
import { isCutOff, unpacked } from './packing.ts';
import { serverMessage, toolError } from './server-error.ts';
import { watchPlace } from './watch.ts';

/** What a dump writes. */
interface DumpContent {
  readonly args: readonly string[];
  /** Packed on its way: it is large, else a packer costs more than it saves. */
  readonly packed?: boolean;
}

/** SPEC 3's plain SQL with DROP and CREATE. */
export const wholeDump: DumpContent = { args: ['--clean', '--if-exists'], packed: true };
/** The schema alone. */
export const schemaDump: DumpContent = { args: ['--schema-only'] };

/** Starts pg_dump. Its bytes are passed on as they come; a failure shows in `finished`, never in a short stream alone. */
export function startDump(
  client: Client,
  database: string,
  { args: content, packed = false }: DumpContent,
  signal: AbortSignal,
): Dump {
  const args = ['--format=plain', `--lock-wait-timeout=${client.launcher.lockWaitMs}`, ...content];
  const child = client.launcher.start(client.pgDump(database, args, packed));
  child.stdin.end();
  signal.addEventListener('abort', child.kill, { once: true });
  const watch = watchPlace(client.launcher, child.kill);
  const finished = child.ended.then(async (ended) => {
    watch.stop();
    signal.removeEventListener('abort', child.kill);
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
  async function* plain(): AsyncGenerator<Buffer> {
    try {
      yield* unpacked(child.stdout);
    } catch (cause) {
      if (isCutOff(cause))
        await finished; // how pg_dump ended tells more than that its output broke off
      else child.kill();
      throw new OperationError('dump-failed', 'What pg_dump wrote did not arrive whole.', {
        hint: 'Nothing was published; earlier backups are as they were. Try again.',
        cause,
      });
    }
  }
  return { stream: plain(), finished };
}
