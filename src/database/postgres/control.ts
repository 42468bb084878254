import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '../../core/errors.ts';
import { quoteLiteral } from '../../core/identifiers.ts';
import type { ConnectRequest } from '../../core/ports/target.ts';
import type { Client } from './client.ts';
import { brokeOffEarly } from './server-error.ts';
import { openSession, type Session } from './session.ts';
import { controlTag, workTag } from './tool-settings.ts';

/** How long a server that starts is waited for. */
const startLimitMs = 30_000;
/** How long a lock is waited for: a killed operation's session needs a moment to notice its end. */
const lockLimitMs = 2000;

/**
 * The session that holds an operation together: it keeps the server's lock for the target, makes and drops
 * databases, swaps. In `postgres`, else in `template1`: a database cannot be renamed from within.
 */
export async function openControl(client: Client, request: ConnectRequest): Promise<Session> {
  const started = performance.now(); // the time of day may jump
  for (;;) {
    for (const database of ['postgres', 'template1']) {
      const session = openSession(client.launcher, client.control(database, request.operation));
      try {
        if (await answersNetwork(session)) return session;
        await session[Symbol.asyncDispose]();
      } catch (error) {
        await session[Symbol.asyncDispose]();
        if (isMissingDatabase(error) && database === 'postgres') continue;
        if (!isStartingError(error)) throw error;
      }
      break;
    }
    if (performance.now() - started > startLimitMs) throw stillStarting();
    await sleep(300, undefined, { signal: request.signal });
  }
}

/**
 * An image that initialises answers on its socket before the database is complete; it listens on the
 * network only afterwards. What is seen before that is half a database.
 */
async function answersNetwork(session: Session): Promise<boolean> {
  const [listening] = await session.run(`SELECT current_setting('listen_addresses')`);
  return listening !== '';
}

function isMissingDatabase(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.cause instanceof Error &&
    /database ".*" does not exist/.test(error.cause.message)
  );
}

function isStartingError(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && brokeOffEarly(error.cause.message);
}

function stillStarting(): OperationError {
  return new OperationError('unreachable', 'The database server is still starting after 30 seconds.', {
    hint: 'See what it is doing (docker logs --tail 50 CONTAINER), then try again.',
  });
}

/**
 * Takes the server's lock for the target: two clones with two folders must not touch each other's shadows.
 * Whoever changes the database has it alone. Readers share it; the first has it alone until it gives it to
 * the others with {@link shareTarget}.
 *
 * @returns Whether it is held alone: only then what a dead operation left can be told from a living one's.
 */
export async function lockTarget(
  session: Session,
  database: string,
  request: ConnectRequest,
): Promise<boolean> {
  const attempt = async (shared: '' | '_shared'): Promise<boolean> =>
    (await session.run(`SELECT pg_try_advisory_lock${shared}(${lockKey(database)})`))[0] === 't';
  const started = performance.now(); // the time of day may jump
  for (;;) {
    if (await attempt('')) return true;
    if (request.access === 'read' && (await attempt('_shared'))) return false;
    if (performance.now() - started > lockLimitMs) throw await busy(session, database);
    await sleep(100, undefined, { signal: request.signal });
  }
}

/** Lets other readers in, and nobody else in between. */
export async function shareTarget(session: Session, database: string): Promise<void> {
  await session.run(`SELECT pg_advisory_lock_shared(${lockKey(database)})`);
  await session.run(`SELECT pg_advisory_unlock(${lockKey(database)})`);
}

/** The key is of the name: the database behind it changes with every swap. */
export function lockKey(database: string): string {
  return `('x' || substr(md5(${quoteLiteral(`kubegram-database-manager ${database}`)}), 1, 16))::bit(64)::bigint`;
}

/** Whether the session `a` of pg_stat_activity holds the lock of a target. */
export function holdsLock(database: string): string {
  const key = lockKey(database);
  return `EXISTS (SELECT 1 FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.granted
    AND l.objsubid = 1 AND l.classid = ((${key} >> 32) & 4294967295)::oid AND l.objid = (${key} & 4294967295)::oid)`;
}

async function busy(session: Session, database: string): Promise<OperationError> {
  const rows = await session.run(
    `SELECT a.application_name FROM pg_stat_activity a WHERE a.application_name LIKE '${controlTag} %'
     AND a.pid <> pg_backend_pid() AND ${holdsLock(database)} ORDER BY a.backend_start LIMIT 1`,
  );
  const operation = rows[0]?.split(' ').slice(2).join(' ');
  const who = operation ? `A ${operation}` : 'Another operation';
  return new OperationError('busy', `${who} is at work on the database ${database}.`, {
    hint: 'Wait until it has ended, then try again. It may run from another folder.',
  });
}

/** Ends sessions of dead operations: work whose control session is gone (FAULTS F54). */
export async function endOrphans(session: Session): Promise<number> {
  const rows = await session.run(
    `SELECT pg_terminate_backend(w.pid) FROM pg_stat_activity w WHERE w.application_name LIKE '${workTag} %'
     AND NOT EXISTS (SELECT 1 FROM pg_stat_activity c WHERE c.application_name LIKE '${controlTag} %'
       AND split_part(c.application_name, ' ', 2) = split_part(w.application_name, ' ', 2))`,
  );
  return rows.length;
}

/** Ends the work sessions of this operation: a client that is killed ends nothing inside the container. */
export async function endOwnWork(session: Session, client: Client): Promise<void> {
  await session.run(endWorkOf(client));
}

/** The same by a psql of its own that nobody waits for: it outlives this process. */
export function abandonWork(client: Client): void {
  client.launcher.start(client.psql('postgres', ['--command', endWorkOf(client)])).stdin.end();
}

function endWorkOf(client: Client): string {
  return `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
    AND application_name = ${quoteLiteral(`${workTag} ${client.runId}`)}`;
}
