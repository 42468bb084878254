import { backupFormats } from '../core/backup-format.ts';
import { OperationError } from '../core/errors.ts';
import type { BackupReason } from '../core/manifest.ts';
import type { CompleteSet } from '../core/ports/store.ts';
import { backupWarnings, describeBackup } from './describe-backup.ts';
import { follow } from './follow.ts';
import { foreseenBackup, foreseenCheck } from './foreseen.ts';
import { foreseenLength } from './foreseen-length.ts';
import { isWhole } from './read-backup.ts';
import { requireDumpable } from './require-tools.ts';
import type { Held, Policy, Ports, Run } from './run.ts';
import { requireSpace } from './space.ts';
import { withTimeLimit } from './time-limit.ts';
import { writeDump } from './write-dump.ts';

const proven: unique symbol = Symbol('a verified backup');

/**
 * The proof that a database was backed up and the backup verified, in this run. Only {@link takeBackup} can
 * make one, and a clear takes nothing else: no face can skip the backup.
 */
export interface BackupReceipt {
  readonly [proven]: true;
  readonly set: CompleteSet;
  /** When the dump began: what is written to the database later is not in it. */
  readonly mark: string;
  /** Whether it is a set that was there already, with the same content. */
  readonly reused: boolean;
  readonly warnings: readonly string[];
}

export interface BackupRequest {
  reason: BackupReason;
  note: string;
  /** A set that serves as this backup where its content is known to be the same, and it verifies. */
  unlessSameAs?: CompleteSet | undefined;
}

/** Dumps the live database, proves what was written, publishes it. */
export async function takeBackup(
  ports: Ports,
  policy: Policy,
  held: Held,
  request: BackupRequest,
  run: Run,
): Promise<BackupReceipt> {
  return withTimeLimit(policy.timeoutMs, run, async (limited) => {
    const { store, target, clock } = ports;
    requireDumpable(target, policy);
    const started = clock.elapsed();
    limited.onProgress({ phase: 'Looking at the database' });
    const live = await held.connection.live();
    if (live === null) throw missing(target.database);
    const earlier = await setsOf(ports, live.name);
    const { ending } = backupFormats[policy.format];
    const previous = earlier.find(({ dataFile }) => dataFile.endsWith(ending));
    await requireSpace({ store, connection: held.connection }, { live, format: policy.format, previous });
    const undumped = await held.connection.undumpedRows();
    const mark = await held.connection.mark();

    const pending = await store.begin(live.name, ending, limited.signal);
    try {
      const length = foreseenLength(policy.format, earlier, live);
      const course = follow(limited, foreseenBackup(length));
      const { written, facts } = await writeDump(held.connection, policy, pending, length, course);
      const warnings = backupWarnings(facts, undumped);
      const twin = request.unlessSameAs;
      const same = twin !== undefined && twin.manifest.content_digest === facts.contentDigest;
      if (same) course.foresee({ 'read-back': foreseenCheck(twin) });
      if (same && (await isWhole(store, twin, course.step('read-back')))) {
        await pending.discard();
        return { [proven]: true, set: twin, mark, reused: true, warnings };
      }
      const { container } = target;
      const { server } = held.connection;
      const { reason } = request;
      const note = request.note || noteOn(earlier, facts.contentDigest);
      const durationMs = Math.max(0, clock.elapsed() - started); // below zero the set could not be verified
      const backup = { pending, container, server, live, facts, ...written, durationMs, reason, note };
      const set = await pending.publish(describeBackup(backup, policy), course.step('read-back').onProgress);
      return { [proven]: true, set, mark, reused: false, warnings };
    } catch (error) {
      await pending.discard();
      limited.signal.throwIfAborted(); // why it was given up tells more than that a stream broke off
      throw error;
    }
  });
}

/** Newest first. */
async function setsOf({ store }: Ports, database: string): Promise<CompleteSet[]> {
  const sets = await store.list();
  return sets
    .filter((set) => set.state === 'complete')
    .filter(({ manifest }) => manifest.database === database);
}

/** A set pushes those with the same content out: what somebody wrote on the newest of them goes on. */
function noteOn(sets: readonly CompleteSet[], contentDigest: string): string {
  const noted = sets.find(
    ({ manifest }) => manifest.content_digest === contentDigest && manifest.note !== '',
  );
  return noted?.manifest.note ?? '';
}

function missing(database: string): OperationError {
  return new OperationError('unreachable', `There is no database named ${database} on this server.`, {
    hint: 'Set DB_NAME to the right name, or bring a backup back: npm run restore',
  });
}
