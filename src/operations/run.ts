import type { Clock } from '../core/ports/clock.ts';
import type { BackupStore, FolderLock } from '../core/ports/store.ts';
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
  compress: boolean;
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

/** An operation's hold on everything that it changes: the folder's lock and the target's. */
export interface Held extends AsyncDisposable {
  connection: Connection;
  lock: FolderLock;
  /** What was put in order on the way in, as sentences. */
  repairs: string[];
}

export async function hold(
  { store, target }: Ports,
  operation: string,
  access: 'read' | 'change',
  { signal }: Run,
): Promise<Held> {
  await using stack = new AsyncDisposableStack();
  const lock = stack.use(await store.lock(operation));
  const connection = stack.use(await target.connect({ operation, access, signal }));
  const owned = stack.move();
  return {
    connection,
    lock,
    repairs: [...lock.repairs, ...connection.repairs],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
