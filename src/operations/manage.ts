import { OperationError } from '../core/errors.ts';
import { findBackup } from '../core/find-backup.ts';
import type { BackupSet, BackupStore, CompleteSet } from '../core/ports/store.ts';
import { planRetention, type RetentionDecision } from '../core/retention.ts';
import { planRotation, type Rotation, removeUnkept } from './rotate.ts';
import type { Policy, Run } from './run.ts';

/**
 * Removes by the rules of rotation, each database's sets by themselves, or says what would go.
 *
 * @param request With `only`, nothing goes that a person was not asked about.
 */
export async function cleanUp(
  store: BackupStore,
  policy: Pick<Policy, 'keep'>,
  request: { dryRun: boolean; only?: ReadonlySet<string> },
  run: Run,
): Promise<Rotation> {
  await using _lock = request.dryRun ? null : await store.lock('cleanup');
  const sets = await store.list();
  const strange = sets.filter((set) => set.state === 'unverifiable');
  const complete = sets.filter((set) => set.state === 'complete');
  const sum: Rotation = { decisions: planRetention(strange, policy.keep), removed: [] };
  for (const database of new Set(complete.map((set) => set.manifest.database))) {
    const plan = await planRotation(store, database, policy.keep, run);
    const decisions = plan.map((decision) =>
      isAsked(decision, request.only) ? decision : unasked(decision),
    );
    if (!request.dryRun) sum.removed.push(...(await removeUnkept(store, decisions, run)));
    sum.decisions.push(...decisions);
  }
  return sum;
}

function isAsked({ keep, set }: RetentionDecision, only: ReadonlySet<string> | undefined): boolean {
  return keep || only === undefined || only.has(set.id);
}

function unasked({ set }: RetentionDecision): RetentionDecision {
  return { set, keep: true, reason: 'it came up after the question' };
}

/** Removes one set that a person named. A pinned one must be unpinned first. */
export async function deleteBackup(store: BackupStore, named: string): Promise<BackupSet> {
  await using _lock = await store.lock('delete');
  const set = findBackup(await store.list(), named);
  if (set.state === 'complete' && set.manifest.pinned) {
    throw new OperationError('refused', `${set.id} is pinned and is not deleted.`, {
      hint: `Type: npm run backup:unpin ${set.id}`,
    });
  }
  await store.remove(set);
  return set;
}

/** Keeps a set from rotation and deletion, or gives it back to them. */
export async function pinBackup(store: BackupStore, named: string, pinned: boolean): Promise<CompleteSet> {
  await using _lock = await store.lock(pinned ? 'pin' : 'unpin');
  const set = findBackup(await store.list(), named);
  if (set.state === 'unverifiable') {
    throw new OperationError('backup-unverified', `${set.id} cannot be pinned: ${set.because}.`, {
      hint: 'Rotation never removes it; delete it by hand if it is not needed.',
    });
  }
  return set.manifest.pinned === pinned ? set : store.update(set, { ...set.manifest, pinned });
}
