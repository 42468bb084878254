import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import { readDump } from '../core/dump/read-dump.ts';
import { OperationError } from '../core/errors.ts';
import type { BackupReason } from '../core/manifest.ts';
import type { CompleteSet, PendingFile } from '../core/ports/store.ts';
import type { DatabaseFacts } from '../core/ports/target.ts';
import { backupWarnings, describeBackup } from './describe-backup.ts';
import { verifies } from './rotate.ts';
import type { Held, Policy, Ports, Run } from './run.ts';
import { requireSpace } from './space.ts';
import { withTimeLimit } from './time-limit.ts';

const chunkSize = 1024 * 1024;

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
  /** A set that serves as this backup where its content is the same and it verifies. */
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
    const started = clock.elapsed();
    limited.onProgress({ phase: 'Looking at the database' });
    const live = await held.connection.live();
    if (live === null) throw missing(target.database);
    const earlier = await setsOf(ports, live.name);
    const [previous] = earlier;
    await requireSpace(store, live, previous);
    const undumped = await held.connection.undumpedRows();
    const mark = await held.connection.mark();

    const pending = await store.begin(live.name, policy.compress ? '.sql.gz' : '.sql', limited.signal);
    try {
      const { written, facts } = await writeDump(held, policy, pending, previous, live, limited);
      const warnings = backupWarnings(facts, undumped);
      const twin = request.unlessSameAs;
      const same = twin !== undefined && twin.manifest.content_digest === facts.contentDigest;
      if (same && (await verifies(store, twin, limited))) {
        await pending.discard();
        return { [proven]: true, set: twin, mark, reused: true, warnings };
      }
      const { container } = target;
      const { server } = held.connection;
      const { reason } = request;
      const note = request.note || noteOn(earlier, facts.contentDigest);
      const durationMs = Math.max(0, clock.elapsed() - started); // below zero the set could not be verified
      const backup = { pending, container, server, live, facts, ...written, durationMs, reason, note };
      const set = await pending.publish(describeBackup(backup, policy), limited.onProgress);
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

async function writeDump(
  { connection }: Held,
  policy: Policy,
  pending: PendingFile,
  previous: CompleteSet | undefined,
  live: DatabaseFacts,
  { signal, onProgress }: Run,
) {
  const dump = connection.dump(signal);
  const reader = readDump();
  // A plain dump does not know its own length: the last one, grown as the database grew, is the best guess.
  const growth = previous ? live.sizeBytes / Math.max(1, previous.manifest.database_size_bytes) : 1;
  const expectedBytes =
    previous && !previous.manifest.compressed ? previous.manifest.size_bytes * growth : undefined;

  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of dump.stream) {
      reader.write(chunk);
      if (policy.maxBytes !== undefined && reader.bytes > policy.maxBytes) throw tooLarge(policy.maxBytes);
      const { bytes, rows } = reader;
      onProgress({
        phase: 'Dumping',
        bytes,
        rows,
        ...(expectedBytes === undefined ? {} : { expectedBytes }),
      });
      yield chunk;
    }
    await dump.finished;
  }
  const source = policy.compress
    ? pipeline(counted(), createGzip({ level: 1, chunkSize }), () => {})
    : counted();
  const written = await pending.write(source, signal);
  await dump.finished;
  const facts = reader.end();
  if (!facts.complete) {
    throw new OperationError('dump-failed', `The dump is incomplete: ${facts.incompleteBecause}.`, {
      hint: 'Nothing was published; earlier backups are as they were. Try again.',
    });
  }
  return { written, facts };
}

function missing(database: string): OperationError {
  return new OperationError('unreachable', `There is no database named ${database} on this server.`, {
    hint: 'Set DB_NAME to the right name, or bring a backup back: npm run restore',
  });
}

function tooLarge(maxBytes: number): OperationError {
  return new OperationError(
    'refused',
    `The backup grows beyond ${maxBytes / 1_000_000} MB (BACKUP_MAX_SIZE_MB).`,
    {
      hint: 'Raise BACKUP_MAX_SIZE_MB, or take it out. Nothing was published.',
    },
  );
}
