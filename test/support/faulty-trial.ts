import { exitCodes, OperationError } from '../../src/core/errors.ts';
import { folderStore } from '../../src/store/folder-store.ts';
import { type DatabaseDigest, databaseDigest } from './database-digest.ts';
import { dockerPorts } from './docker-ports.ts';
import type { Claim } from './faulty-claims.ts';
import { noTime } from './faulty-clock.ts';
import { type Doubles, doubles, type Fault, type Uses } from './faulty-doubles.ts';
import type { PlannedFault } from './faulty-plan.ts';
import type { Work } from './faulty-works.ts';
import type { World } from './faulty-world.ts';
import { type Outcome, violations } from './invariants.ts';
import { type LyingSet, setsIn } from './kill-folder.ts';

export interface Trial {
  /** Whether the call that was to fail was made. */
  hit: boolean;
  /** What does not hold after it. */
  wrong: string[];
}

/** What a run leaves in which nothing fails. */
export interface Faultless {
  uses: Uses;
  live: DatabaseDigest;
  sets: ReadonlyMap<string, LyingSet>;
}

/** What comes to no end must fail the test, not hang it: an operation, and the look at what it left. */
const hangMs = 90_000;

/** Goes through with nothing failing. */
export async function measure(world: World, work: Work): Promise<Faultless> {
  const { container, database, folder } = world.place;
  const counted = doubles(world.newestBackup);
  const claim = await act(world, work, counted);
  const sets = await setsIn(folder);
  const live = await databaseDigest(container, database);
  const faultless = { uses: counted.uses(), live, sets };
  const wrong = await violations(world.place, world.before, outcomeOf(world, work, { claim }, faultless));
  if (wrong.length > 0) throw new Error(`${work.name} in which nothing fails: ${wrong.join('; ')}`);
  await world.reset(work.swaps ? 'everything' : 'folder');
  return faultless;
}

/**
 * Goes through with one fault, looks whether all that must hold does, and brings the world back. A run that is over
 * before a call that every other makes is done again.
 */
export async function tryFault(
  world: World,
  work: Work,
  { fault, mayMiss }: PlannedFault,
  faultless: Faultless,
): Promise<Trial> {
  const wrong: string[] = [];
  for (let attempt = 1; ; attempt++) {
    const trial = await tryOnce(world, work, fault, faultless);
    wrong.push(...trial.wrong);
    if (trial.hit || mayMiss || attempt === 4) return { hit: trial.hit, wrong };
  }
}

async function tryOnce(world: World, work: Work, fault: Fault, faultless: Faultless): Promise<Trial> {
  const failing = doubles(world.newestBackup, fault);
  const ended: Ended = await withinLimit('It', act(world, work, failing)).then(
    (claim) => ({ claim }),
    (error: unknown) => ({ error }),
  );
  const outcome = outcomeOf(world, work, ended, faultless);
  const wrong = 'error' in ended ? unplain(ended.error) : [];
  wrong.push(...(await withinLimit('The look at it', violations(world.place, world.before, outcome))));
  const swapped = (work.swaps && mayHaveSwapped(ended)) || wrong.length > 0;
  await withinLimit('Putting all back', world.reset(swapped ? 'everything' : 'folder'));
  return { hit: failing.hasFailed(), wrong };
}

/** It says success, or why there was none. */
type Ended = { claim: Claim } | { error: unknown };

/** It says success, or in so many words that it does not know. */
function mayHaveSwapped(ended: Ended): boolean {
  if ('claim' in ended) return true;
  return ended.error instanceof OperationError && /not known whether/.test(ended.error.message);
}

/** A file that does not verify any more loses its proof. */
function mayHaveProven(ended: Ended): boolean {
  if ('claim' in ended) return true;
  return ended.error instanceof OperationError && ended.error.code === 'backup-unverified';
}

function outcomeOf(
  { before, onlyCopy, policy }: World,
  work: Work,
  ended: Ended,
  faultless: Faultless,
): Outcome {
  const succeeded = 'claim' in ended;
  const mayRotate = work.rotates === 'at any time' || (work.rotates === 'behind its success' && succeeded);
  const outcome: Outcome = {
    keep: mayRotate ? policy.keep : undefined,
    proven: work.proves && mayHaveProven(ended) ? before.listed[0]?.id : undefined,
    stays: [onlyCopy],
    untrue: succeeded ? (then, after) => ended.claim({ before: then, after, faultless }) : undefined,
  };
  if (!mayHaveSwapped(ended)) return outcome;
  return { ...outcome, live: succeeded ? [faultless.live] : [before.live, faultless.live] };
}

/** What a person or a script would miss in a failure. No clock fails, so what it throws need not be told. */
function unplain(error: unknown): string[] {
  if (error === noTime) return [];
  if (!(error instanceof OperationError)) return [`it gives no reason that a person understands: ${error}`];
  const { exitCode, message, hint = '' } = error;
  const wrong: string[] = [];
  const documented: number[] = Object.values(exitCodes);
  if (!documented.includes(exitCode)) wrong.push(`it ends with ${exitCode}, which is not documented`);
  if (!/^[^\n]+\.$/.test(message)) wrong.push(`it does not say in one sentence why: ${message}`);
  if (hint.trim() === '') wrong.push(`it does not say what to do next: ${message}`);
  return wrong;
}

async function act({ place, policy }: World, work: Work, { start, files, clock }: Doubles): Promise<Claim> {
  const { container, database, folder } = place;
  const store = folderStore(folder, clock, files);
  return work.act(
    store,
    async () => {
      const ports = await dockerPorts(container, database, { folder, start, lockWaitMs: 5000 });
      return { ...ports, clock, store };
    },
    policy,
  );
}

async function withinLimit<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} came to no end within ${hangMs / 1000} s.`)), hangMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
