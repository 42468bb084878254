import { randomBytes } from 'node:crypto';
import type { Packing } from '../../core/backup-format.ts';
import type { Invocation } from '../../process/process.ts';
import type { Launcher } from './launcher.ts';
import { packing } from './packing.ts';
import {
  canonicalText,
  controlTag,
  plainPsql,
  strictPsql,
  toolEnvironment,
  workTag,
} from './tool-settings.ts';
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

export function postgresClient(launcher: Launcher, options: ClientOptions = {}): Client {
  const { tag = workTag, runId = randomBytes(6).toString('hex'), settings: always = '' } = options;
  const connect = (database: string): string => connectionString(database, launcher.user);
  const sessions = options.sessions ?? workSessions(launcher, connect('postgres'));
  const psql = (database: string, args: readonly string[], env: Record<string, string>): Invocation =>
    launcher.command('psql', [...strictPsql, '--dbname', connect(database), ...args], env);
  const workEnvironment = (settings: string) =>
    toolEnvironment(`${tag} ${runId}`, 'UTF8', `${always} ${settings}`);
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
        [...plainPsql, '--dbname', connect(database)],
        toolEnvironment(`${controlTag} ${runId} ${operation}`, 'UTF8', always),
      ),
    psql: (database, args, settings = '') => psql(database, args, workEnvironment(settings)),
    pgDump: (database, args, packed) => {
      const all = ['--dbname', connect(database), ...args];
      const env = toolEnvironment(`${tag} ${runId}`, '', `${always} ${canonicalText}`);
      return packed === undefined
        ? launcher.command('pg_dump', all, env)
        : launcher.command(...packing(packed, 'pg_dump', all), env);
    },
    script: (database, text, args, settings = canonicalText) =>
      launcher.command(
        'sh',
        ['-c', text, 'sh', connect(database), runId, ...args],
        toolEnvironment(`${tag} ${runId}`, '', `${always} ${settings}`),
      ),
    with: (settings) => postgresClient(launcher, { tag, runId, settings: `${always} ${settings}`, sessions }),
  };
}

/** A conninfo string: a bare name would be parsed as one where it holds a `=` or begins like a URL. */
function connectionString(database: string, user: string): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return `dbname=${quote(database)} user=${quote(user)}`;
}
