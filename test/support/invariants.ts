import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { reasonOf } from '../../src/core/errors.ts';
import type { CompleteSet } from '../../src/core/ports/store.ts';
import { hold } from '../../src/operations/run.ts';
import { folderStore } from '../../src/store/folder-store.ts';
import type { TestContainer } from './container.ts';
import { type DatabaseDigest, databaseDigest } from './database-digest.ts';
import { dockerPorts, quietRun } from './docker-ports.ts';
import { type LyingSet, lostSets, setsIn, strayIn } from './kill-folder.ts';
import { backupsOfUndoPoints, serverTraces } from './server-traces.ts';
import { sha256, unfinishedIn } from './store-sets.ts';

/** What an operation works on: a backup folder, and the database that is backed up into it. */
export interface Place {
  folder: string;
  container: TestContainer;
  database: string;
}

export interface Folder {
  /** What lies there whole, by its id. */
  readonly sets: ReadonlyMap<string, LyingSet>;
  /** What is listed as whole, newest first. */
  readonly listed: readonly CompleteSet[];
  /** The checksum of every file, by its name. */
  readonly bytes: ReadonlyMap<string, string>;
  /** Files of no set. */
  readonly stray: readonly string[];
  /** What is wrong with what is listed. */
  readonly wrong: readonly string[];
}

/** How a place was before an operation. */
export interface Before extends Folder {
  readonly live: DatabaseDigest;
  readonly undoPoints: readonly string[];
  /** The backup of each undo point that has one. */
  readonly backups: ReadonlyMap<string, string>;
}

/** How a place is after an operation: the folder at once, the server after the next start. */
export interface After extends Folder {
  readonly undoPoints: readonly string[];
}

export interface Outcome {
  /** How many full backups rotation was to keep. Where it is not given, nothing was to rotate: every set stays. */
  keep?: number | undefined;
  /** The set whose proof may have been written into its metadata, or taken back. All else of it stays. */
  proven?: string | undefined;
  /**
   * What the live database may be now, where the operation said success or nobody knows how far it came.
   * Without it the operation has failed: the live database and its undo points are as they were.
   */
  live?: readonly DatabaseDigest[];
  /** Undo points that no operation may drop: nothing else has what they hold. */
  stays?: readonly string[];
  /** What of the operation's own words is not so. */
  untrue?: ((before: Before, after: After) => string[]) | undefined;
  /** The next command of the user's, no rotation in it; where it is not given, one that takes both locks and does nothing. */
  nextStart?: (place: Place) => Promise<unknown>;
}

/** Takes down how a place is, for {@link expectInvariants} after an operation. Nothing may be at work there. */
export async function lookBefore(place: Place): Promise<Before> {
  const [live, folder, { undoPoints }, backups] = await Promise.all([
    databaseDigest(place.container, place.database),
    readFolder(place.folder),
    serverTraces(place.container, place.database),
    backupsOfUndoPoints(place.container),
  ]);
  return { ...folder, live, undoPoints, backups };
}

/**
 * Proves what must hold after every operation, however it ended (FAULTS 7.1): (a) every listed backup has
 * metadata and data whose digest matches; (b) nothing listed is partial; (c) no backup is lost but by the rules of
 * rotation, and those that stayed have the same bytes; (d) the live database is what it was, unless the operation
 * said success; (e) after the next start no session, scratch or shadow database, lock or hidden file of ours is
 * left; (f) files are 0600, the folder 0700.
 *
 * The folder is looked at twice, at once and after the next start; the server after that start, which may
 * have to take back a fence.
 */
export async function expectInvariants(place: Place, before: Before, outcome: Outcome = {}): Promise<void> {
  expect(await violations(place, before, outcome)).toEqual([]);
}

/** The same as sentences, for a loop that goes on. */
export async function violations(place: Place, before: Before, outcome: Outcome = {}): Promise<string[]> {
  const { nextStart = takeBothLocks } = outcome;
  try {
    const atOnce = await readFolder(place.folder);
    const found = (await folderViolations(place, before, atOnce, outcome)).map((one) => `at once: ${one}`);
    await nextStart(place).catch((error: unknown) => found.push(`the next start failed: ${reasonOf(error)}`));
    const later = await readFolder(place.folder);
    found.push(...(await folderViolations(place, before, later, outcome)));
    found.push(...lostSets(atOnce.sets, later.sets, undefined).map((one) => `by the next start: ${one}`));
    found.push(...(await hiddenFiles(place, before, later)));
    found.push(...(await serverViolations(place, before, atOnce, outcome)));
    return found;
  } catch (error) {
    return [reasonOf(error)];
  }
}

async function takeBothLocks({ container, database, folder }: Place): Promise<void> {
  await using ports = await dockerPorts(container, database, { folder });
  await using _held = await hold(ports, 'next start', 'database', quietRun());
}

/** @throws where a set is not what its own metadata says. */
async function readFolder(folder: string): Promise<Folder> {
  const sets = await setsIn(folder);
  const all = await folderStore(folder, systemClock).list();
  const listed = all.filter((set) => set.state === 'complete');
  const unlisted = [...sets.keys()].filter((id) => !listed.some((set) => set.id === id));
  const wrong = all
    .filter((set) => set.state === 'unverifiable')
    .map(({ id, because }) => `${id} is listed and cannot be verified: ${because}`);
  wrong.push(...unlisted.map((id) => `${id} lies there whole and is not listed as such`));
  const names = await readdir(folder);
  const sums = names.map(async (name) => [name, sha256(await readFile(join(folder, name)))] as const);
  const stray = (await strayIn(folder, sets)).filter((one) => names.includes(one)); // it tells of modes, too
  return { sets, listed, bytes: new Map(await Promise.all(sums)), stray, wrong };
}

async function folderViolations(
  { folder }: Place,
  before: Before,
  now: Folder,
  { keep, proven }: Outcome,
): Promise<string[]> {
  const found = now.wrong.filter((one) => !before.wrong.includes(one));
  found.push(...lostSets(before.sets, now.sets, keep));
  const files = [...before.sets.values()].filter(({ id }) => now.sets.has(id)).flatMap((set) => set.files);
  const changed = files.filter((name) => now.bytes.get(name) !== before.bytes.get(name));
  for (const name of changed) {
    if (name !== `${proven}.json`) found.push(`${name} is not byte for byte what it was`);
  }
  const mode = async (path: string): Promise<number> => (await lstat(path)).mode & 0o777;
  if ((await mode(folder)) !== 0o700) found.push(`${folder} is not 0700`);
  for (const name of now.bytes.keys()) {
    if ((await mode(join(folder, name))) !== 0o600) found.push(`${name} is not 0600`);
  }
  return found;
}

/** Whatever is neither of a set nor the lock's own, and was not there before; a lock that is held. */
async function hiddenFiles({ folder }: Place, before: Before, { stray }: Folder): Promise<string[]> {
  const added = stray.filter((name) => !before.stray.includes(name));
  const left = new Set([...added, ...(await unfinishedIn(folder))]);
  const found = [...left].map((name) => `${name} is left in the folder`);
  const owner = await readFile(join(folder, '.lock-owner.json'), 'utf8').catch(() => '');
  return owner === '' ? found : [...found, `the folder's lock still names its owner: ${owner}`];
}

async function serverViolations(
  place: Place,
  before: Before,
  folder: Folder,
  { live, stays = [], untrue = () => [] }: Outcome,
): Promise<string[]> {
  const { container, database } = place;
  const { left, undoPoints } = await serverTraces(container, database);
  const found = left.map((name) => `left on the server: ${name}`);
  const gone = before.undoPoints.filter((name) => !undoPoints.includes(name));
  const added = undoPoints.filter((name) => !before.undoPoints.includes(name));
  if (live === undefined && gone.length + added.length > 0)
    found.push(`undo points of an operation that failed: ${gone} went, ${added} came`);
  for (const name of gone) {
    const backup = before.backups.get(name);
    if (backup !== undefined && !folder.sets.has(backup))
      found.push(`the undo point ${name} is gone, and so is its backup ${backup}`);
    if (stays.includes(name)) found.push(`the undo point ${name} is gone, and with it the only copy`);
  }
  found.push(...untrue(before, { ...folder, undoPoints }));
  try {
    const now = await databaseDigest(container, database);
    const allowed = live ?? [before.live];
    const differences = allowed.map((one) => differenceOf(one, now));
    if (!differences.includes(null))
      found.push(`the live database differs in ${differences.join(' or in ')}`);
  } catch (error) {
    found.push(`the live database cannot be read: ${reasonOf(error)}`);
  }
  return found;
}

/** The names of what differs; null where nothing does. */
function differenceOf(expected: DatabaseDigest, now: DatabaseDigest): string | null {
  const sections = Object.keys(expected) as (keyof DatabaseDigest)[];
  const different = sections.filter(
    (key) => JSON.stringify(sorted(expected[key])) !== JSON.stringify(sorted(now[key])),
  );
  return different.length === 0 ? null : different.join(', ');
}

function sorted(section: DatabaseDigest[keyof DatabaseDigest]): unknown {
  return typeof section === 'string' ? section : Object.entries(section).sort(([a], [b]) => (a < b ? -1 : 1));
}
