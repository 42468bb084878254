import { OperationError } from '../core/errors.ts';
import type { BackupSet, BackupStore, CompleteSet } from '../core/ports/store.ts';
import { planRetention, type RetentionDecision } from '../core/retention.ts';
import { fileChecksum, provesTrue } from './read-backup.ts';
import type { Run } from './run.ts';

export interface Rotation {
  decisions: RetentionDecision[];
  removed: BackupSet[];
}

/** What the caller knows beyond the folder. */
export interface Known {
  verify?: Verify;
  /** Ids of sets that an undo point was backed up as: they go only after it. */
  needed?: ReadonlySet<string>;
}

/**
 * Decides what rotation would do. Where something would go, the sets that are to stay are hashed first, and
 * what fails does not count (SPEC 6): "keep 2" means two that work.
 */
export async function planRotation(
  store: BackupStore,
  database: string,
  keep: number,
  run: Run,
  known: Known = {},
): Promise<RetentionDecision[]> {
  const complete = (await store.list()).filter((set) => set.state === 'complete');
  const sets = complete.filter((set) => set.manifest.database === database);
  const verify = known.verify ?? verifyOnce(store, run);
  const proven = new Set<string>();
  const fails = new Set<string>();
  for (;;) {
    const decisions = planRetention(sets, keep, fails, known.needed);
    if (decisions.every((decision) => decision.keep)) return decisions;
    const unproven = decisions
      .filter((decision) => decision.keep)
      .map((decision) => decision.set)
      .filter((set) => set.state === 'complete')
      .filter((set) => !proven.has(set.id) && !fails.has(set.id));
    if (unproven.length === 0) return decisions;
    for (const set of unproven) {
      if (await verify(set)) proven.add(set.id);
      else fails.add(set.id);
    }
  }
}

/** Removes what the plan says. Needs the folder's lock. */
export async function rotate(
  store: BackupStore,
  database: string,
  keep: number,
  run: Run,
  known: Known = {},
): Promise<Rotation> {
  const decisions = await planRotation(store, database, keep, run, known);
  return { decisions, removed: await removeUnkept(store, decisions, run) };
}

/**
 * Carries a plan out, oldest first: what is cut short leaves the newer ones. Needs the folder's lock.
 * A plan that would leave nothing is never carried out, whoever made it.
 */
export async function removeUnkept(
  store: BackupStore,
  decisions: readonly RetentionDecision[],
  { signal }: Run,
): Promise<BackupSet[]> {
  const removed = decisions.filter((decision) => !decision.keep).map((decision) => decision.set);
  if (removed.length > 0 && removed.length === decisions.length) {
    throw new OperationError('failed', 'Rotation would have removed every backup; nothing was removed.', {
      hint: 'Please report it, with the output of: npm run backup:list -- --json',
    });
  }
  for (const set of removed.toReversed()) {
    signal.throwIfAborted();
    await store.remove(set);
  }
  return removed;
}

export type Verify = (set: CompleteSet) => Promise<boolean>;

/**
 * Reads each set once in a run, however often it is asked about.
 *
 * @param trusted The id of a set that was verified in this very run.
 */
export function verifyOnce(store: BackupStore, run: Run, trusted?: string): Verify {
  const known = new Map<string, Promise<boolean>>();
  if (trusted !== undefined) known.set(trusted, Promise.resolve(true));
  return (set) => {
    const answer = known.get(set.id) ?? unchanged(store, set, run);
    known.set(set.id, answer);
    return answer;
  };
}

/** Whether its file is, byte for byte, the one that was proven to be whole when it was published. */
export function unchanged(store: BackupStore, set: CompleteSet, run: Run): Promise<boolean> {
  return provesTrue(async () => (await fileChecksum(store, set, run)) === set.manifest.checksum);
}
