import { randomBytes } from 'node:crypto';
import type { Packing } from '../../core/backup-format.ts';
import type { Invocation } from '../../process/process.ts';
import type { Launcher } from './launcher.ts';
import { packing } from './packing.ts';
import { type WorkPlace, type WorkSessions, workSessions } from './work-sessions.ts';

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
  /** @param packed How its output is to be packed, if that can be had; the first bytes of it tell. */
  pgDump(database: string, args: readonly string[], packed?: Packing): Invocation;
  /**
   * A fixed text for a POSIX shell there. Its arguments: how to connect to the database, the run's id, then `args`. What
   * it starts reads the database as a dump does, unless `settings` say otherwise.
   */
  script(database: string, text: string, args: readonly string[], settings?: string): Invocation;
  /** The psqls that stay, and where they work. */
  readonly sessions: WorkSessions;
  work(database: string, settings: string): WorkPlace;
  /** Takes the psqls that stay out of the databases that they are in: those may be renamed or dropped then. */
  leave(): Promise<void>;
  /** The same operation's client, whose every session gets these settings too. */
  with(settings: string): Client;
  /** Ends what reads through it. */
  readonly signal?: AbortSignal;
}

interface ClientOptions {
  /** What kind of sessions these are; those of {@link workTag} are ended once their operation is dead. */
  tag?: string;
  runId?: string;
  settings?: string;
  sessions?: WorkSessions;
}

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

export const controlTag = 'kubegram-control';
export const workTag = 'kubegram-work';
/** A look that belongs to no operation and holds no lock. */
export const lookTag = 'kubegram-look';

export function postgresClient(launcher: Launcher, options: ClientOptions = {}): Client {
  const { tag = workTag, runId = randomBytes(6).toString('hex'), settings: always = '' } = options;
  const connect = (database: string): string => connectionString(database, launcher.user);
  const sessions = options.sessions ?? workSessions(launcher, connect('postgres'));
  const psqlArgs = ['--no-psqlrc', '--no-align', '--tuples-only', '--quiet'];
  const psql = (database: string, args: readonly string[], env: Record<string, string>): Invocation =>
    launcher.command(
      'psql',
      [...psqlArgs, '--set', 'ON_ERROR_STOP=1', '--dbname', connect(database), ...args],
      env,
    );
  const workEnvironment = (settings: string) =>
    environment(`${tag} ${runId}`, 'UTF8', `${always} ${settings}`);
  const work = (database: string, settings: string): WorkPlace => {
    const env = workEnvironment(settings);
    const invocation = psql(database, ['--file', '-'], env);
    return { invocation, settings: JSON.stringify(env), conninfo: connect(database) };
  };
  return {
    launcher,
    runId,
    sessions,
    work,
    leave: () => sessions.leave(),
    control: (database, operation) =>
      launcher.command(
        'psql',
        [...psqlArgs, '--dbname', connect(database)],
        environment(`${controlTag} ${runId} ${operation}`, 'UTF8', always),
      ),
    psql: (database, args, settings = '') => psql(database, args, workEnvironment(settings)),
    pgDump: (database, args, packed) => {
      const all = ['--dbname', connect(database), ...args];
      const env = environment(`${tag} ${runId}`, '', `${always} ${canonicalText}`);
      return packed === undefined
        ? launcher.command('pg_dump', all, env)
        : launcher.command(...packing(packed, 'pg_dump', all), env);
    },
    script: (database, text, args, settings = canonicalText) =>
      launcher.command(
        'sh',
        ['-c', text, 'sh', connect(database), runId, ...args],
        environment(`${tag} ${runId}`, '', `${always} ${settings}`),
      ),
    with: (settings) => postgresClient(launcher, { tag, runId, settings: `${always} ${settings}`, sessions }),
  };
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
function environment(tag: string, encoding: string, settings: string): Record<string, string> {
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

/** A conninfo string: a bare name would be parsed as one where it holds a `=` or begins like a URL. */
function connectionString(database: string, user: string): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return `dbname=${quote(database)} user=${quote(user)}`;
}
