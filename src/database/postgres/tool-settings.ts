import type { Launcher } from './launcher.ts';

/** The arguments of a psql that says nothing but what it is asked for. */
export const plainPsql = ['--no-psqlrc', '--no-align', '--tuples-only', '--quiet'];
/** The same, ended by its first mistake. */
export const strictPsql = [...plainPsql, '--set', 'ON_ERROR_STOP=1'];

// What kind of sessions these are, in their application_name.
export const controlTag = 'kubegram-control';
export const workTag = 'kubegram-work';
/** A look that belongs to no operation and holds no lock. */
export const lookTag = 'kubegram-look';

/**
 * The text of some values follows settings that pg_dump leaves to the database; pinned, equal data gives an
 * equal dump wherever it lies.
 */
export const canonicalText = '-c TimeZone=UTC -c bytea_output=hex -c lc_monetary=C';

/**
 * Settings of an operation's own work in a user's database: not cut short or filtered by what the database sets for
 * its applications, and waiting for a lock as long as a dump does.
 */
export function workSettings({ lockWaitMs }: Launcher): string {
  return `-c lock_timeout=${lockWaitMs} -c statement_timeout=0 -c row_security=off -c client_min_messages=error`;
}

/** Settings of every session in a user's database, once the server is known: nothing of the user's fires. */
export function quietSettings(server: { version: string; superuser: boolean }): string {
  if (Number.parseInt(server.version, 10) < 17) return '';
  return `-c transaction_timeout=0${server.superuser ? ' -c event_triggers=off' : ''}`;
}

/** Limits and roles that a server or a database sets for its applications are not for us; later settings win. */
const unlimited = [
  'idle_in_transaction_session_timeout=0',
  'idle_session_timeout=0',
  'statement_timeout=0',
  'lock_timeout=0',
  'default_transaction_read_only=off',
  'default_transaction_isolation=read\\ committed', // each statement of a swap is to see what there is by then
  'role=none',
];

/**
 * The environment of a client tool. Variables of libpq that the container may set for its own purposes are
 * blanked, so that none of them leads elsewhere or changes what a session does.
 */
export function toolEnvironment(tag: string, encoding: string, settings: string): Record<string, string> {
  return {
    PGAPPNAME: tag,
    PGCLIENTENCODING: encoding,
    PGOPTIONS: `${unlimited.map((setting) => `-c ${setting}`).join(' ')} ${settings}`.trim(),
    PGHOST: '',
    PGHOSTADDR: '',
    PGTARGETSESSIONATTRS: 'any',
    // These three would be sent as settings, and win over PGOPTIONS.
    PGDATESTYLE: 'default',
    PGTZ: 'default',
    PGGEQO: 'default',
    PGPORT: '',
    PGDATABASE: '',
    PGUSER: '',
    PGCONNECT_TIMEOUT: '10',
    LC_MESSAGES: 'C', // what a tool says on standard error is read by us, too
  };
}
