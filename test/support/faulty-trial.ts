import { OperationError } from '../../src/core/errors.ts';
import { folderStore } from '../../src/store/folder-store.ts';
import { type DatabaseDigest, databaseDigest } from './database-digest.ts';
import { dockerPorts, policy } from './docker-ports.ts';
import { type Doubles, doubles, type Fault, type Uses } from './faulty-doubles.ts';
import type { Work } from './faulty-works.ts';
import type { World } from './faulty-world.ts';
import { type Outcome, violations } from './invariants.ts';

export interface Trial {
  /** Whether the call that was to fail was made. */
  hit: boolean;
  /** Undefined where the operation said success. */
  error: unknown;
  /** What does not hold after it. */
  wrong: string[];
}

/** An operation that comes to no end must fail the test, not hang it. */
const hangMs = 90_000;

/** Goes through with nothing failing: how often each port is used, and what the live database is afterwards. */
export async function measure(world: World, work: Work): Promise<{ uses: Uses; live: DatabaseDigest }> {
  const { container, database } = world.place;
  const counted = doubles(world.newestBackup);
  await act(world, work, counted);
  const live = await databaseDigest(container, database);
  await world.reset(work.swaps ? 'everything' : 'folder');
  return { uses: counted.uses(), live };
}

/** Goes through with one fault, looks whether all that must hold does, and brings the world back. */
export async function tryFault(
  world: World,
  work: Work,
  fault: Fault,
  afterwards: DatabaseDigest,
): Promise<Trial> {
  const failing = doubles(world.newestBackup, fault);
  const error: unknown = await withinLimit(act(world, work, failing)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const told = error === undefined || error instanceof OperationError || fault.kind === 'throws';
  const wrong = told ? [] : [`it gives no reason that a person understands: ${String(error)}`];
  wrong.push(...(await violations(world.place, world.before, outcomeOf(world, error, afterwards))));
  const swapped = (work.swaps && mayHaveSwapped(error)) || wrong.length > 0;
  await world.reset(swapped ? 'everything' : 'folder');
  return { hit: failing.hasFailed(), error, wrong };
}

/** It says success, or in so many words that it does not know. */
function mayHaveSwapped(error: unknown): boolean {
  return error === undefined || (error instanceof OperationError && /not known whether/.test(error.message));
}

function outcomeOf({ before, onlyCopy }: World, error: unknown, afterwards: DatabaseDigest): Outcome {
  const outcome = { keep: policy.keep, stays: [onlyCopy] };
  if (!mayHaveSwapped(error)) return outcome;
  return { ...outcome, live: error === undefined ? [afterwards] : [before.live, afterwards] };
}

async function act({ place }: World, work: Work, { start, files, clock }: Doubles): Promise<void> {
  const { container, database, folder } = place;
  const store = folderStore(folder, clock, files);
  await work.act(store, async () => {
    const ports = await dockerPorts(container, database, { folder, start, lockWaitMs: 5000 });
    return { ...ports, clock, store };
  });
}

async function withinLimit<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${hangMs / 1000} s`)), hangMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
