import { randomBytes } from 'node:crypto';
import type { Invocation } from '../../process/process.ts';
import type { Launcher } from './launcher.ts';

/**
 * The client tools of one operation. Every session carries the operation's run id in its application_name,
 * so that an aborted or dead operation's sessions are known on the server and ended there: the end of a
 * `docker exec` client ends nothing inside the container (FAULTS F54).
 */
export interface Client {
  readonly launcher: Launcher;
  readonly runId: string;
  /** An interactive psql that holds the operation's locks. */
  control(database: string, operation: string): Invocation;
  /** A psql that loads or reads, ended by its tag when the operation is given up. */
  psql(database: string, args: readonly string[], settings?: string): Invocation;
  pgDump(database: string, args: readonly string[]): Invocation;
}

/**
 * The text of some values follows settings that pg_dump leaves to the database; pinned, equal data gives an
 * equal dump wherever it lies.
 */
export const canonicalText = '-c TimeZone=UTC -c bytea_output=hex -c lc_monetary=C';

export const controlTag = 'kubegram-control';
export const workTag = 'kubegram-work';

export function postgresClient(launcher: Launcher): Client {
  const runId = randomBytes(6).toString('hex');
  const connect = (database: string): string => connectionString(database, launcher.user);
  const psqlArgs = ['--no-psqlrc', '--no-align', '--tuples-only', '--quiet'];
  return {
    launcher,
    runId,
    control: (database, operation) =>
      launcher.command(
        'psql',
        [...psqlArgs, '--dbname', connect(database)],
        environment(
          `${controlTag} ${runId} ${operation}`,
          'UTF8',
          '-c lock_timeout=0 -c statement_timeout=0',
        ),
      ),
    psql: (database, args, settings = '') =>
      launcher.command(
        'psql',
        [...psqlArgs, '--set', 'ON_ERROR_STOP=1', '--dbname', connect(database), ...args],
        environment(`${workTag} ${runId}`, 'UTF8', settings),
      ),
    pgDump: (database, args) =>
      launcher.command(
        'pg_dump',
        ['--dbname', connect(database), ...args],
        environment(`${workTag} ${runId}`, '', canonicalText),
      ),
  };
}

/**
 * The environment of a client tool. Variables of libpq that the container may set for its own purposes are
 * blanked, so that none of them leads elsewhere or changes what a session does.
 */
function environment(tag: string, encoding: string, settings: string): Record<string, string> {
  return {
    PGAPPNAME: tag,
    PGCLIENTENCODING: encoding,
    PGOPTIONS: `-c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0 ${settings}`.trim(),
    PGHOST: '',
    PGPORT: '',
    PGDATABASE: '',
    PGUSER: '',
    PGCONNECT_TIMEOUT: '10',
  };
}

/** A conninfo string: a bare name would be parsed as one where it holds a `=` or begins like a URL. */
function connectionString(database: string, user: string): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return `dbname=${quote(database)} user=${quote(user)}`;
}
