import type { BackupFormat } from '../core/backup-format.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { BackupStore } from '../core/ports/store.ts';
import type { Connection, Target } from '../core/ports/target.ts';
import type { OnProgress } from '../core/progress.ts';

/** What operations work with; faces and tests hand it in. */
export interface Ports {
  target: Target;
  store: BackupStore;
  clock: Clock;
}

/** The rules that hold for a project, from its configuration. */
export interface Policy {
  /** How many full backups rotation keeps; at least 1. */
  keep: number;
  /** In what form backups are written. */
  format: BackupFormat;
  /** How many sessions a dump or a load has at once, where it can share its work out; 1 to 16. */
  jobs: number;
  /** No backup may grow beyond this many bytes. */
  maxBytes: number | undefined;
  /** A backup that takes longer is given up, in milliseconds. */
  timeoutMs: number;
  /** The project says that this is production (NODE_ENV). */
  production: boolean;
  toolVersion: string;
}

/** One run of an operation: how it is told to stop, and whom it tells how far it is. */
export interface Run {
  signal: AbortSignal;
  onProgress: OnProgress;
}

/** An operation's hold on what it works with: the target's lock, and the folder's where it changes that. */
export interface Held extends AsyncDisposable {
  connection: Connection;
  /** What was put in order on the way in, as sentences. */
  repairs: string[];
}

/**
 * What an operation changes: neither (a look, a restore beside), the folder (a backup), or the live database and
 * the folder. A look must work beside a running backup, and in a folder that is only for reading.
 */
type Access = 'look' | 'folder' | 'database';

export async function hold(
  { store, target }: Ports,
  operation: string,
  access: Access,
  { signal }: Run,
): Promise<Held> {
  await using stack = new AsyncDisposableStack();
  const lock = access === 'look' ? undefined : stack.use(await store.lock(operation));
  const server = access === 'database' ? 'change' : 'read';
  const connection = stack.use(await target.connect({ operation, access: server, signal }));
  const owned = stack.move();
  return {
    connection,
    repairs: [...(lock?.repairs ?? []), ...connection.repairs],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
