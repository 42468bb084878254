import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { reasonOf } from '../../src/core/errors.ts';
import { hold } from '../../src/operations/run.ts';
import { folderStore } from '../../src/store/folder-store.ts';
import type { TestContainer } from './container.ts';
import { type DatabaseDigest, databaseDigest } from './database-digest.ts';
import { dockerPorts, quietRun } from './docker-ports.ts';
import { serverTraces } from './server-traces.ts';
import { sha256, unfinishedIn } from './store-sets.ts';

/** What an operation works on: a backup folder, and the database that is backed up into it. */
export interface Place {
  folder: string;
  container: TestContainer;
  database: string;
}

/** How a place was before an operation. */
export interface Before {
  readonly live: DatabaseDigest;
  /** The checksum of each backup that verified, by its id. */
  readonly verified: ReadonlyMap<string, string>;
  /** What was wrong with the folder already. */
  readonly wrong: readonly string[];
  readonly files: readonly string[];
  readonly undoPoints: readonly string[];
}

export interface Outcome {
  /** How many verified backups rotation keeps; 1, where nothing is said. */
  keep?: number;
  /**
   * What the live database may be now, where the operation said success or nobody knows how far it came.
   * Without it the operation has failed: the live database and its undo points are as they were.
   */
  live?: readonly DatabaseDigest[];
  /** Undo points that no operation may drop: nothing else has what they hold. */
  stays?: readonly string[];
  /** The next command of the user's; where it is not given, one that takes both locks and does nothing. */
  nextStart?: (place: Place) => Promise<unknown>;
}

/** Takes down how a place is, for {@link expectInvariants} after an operation. Nothing may be at work there. */
export async function lookBefore(place: Place): Promise<Before> {
  const [live, folder, { undoPoints }] = await Promise.all([
    databaseDigest(place.container, place.database),
    readFolder(place.folder),
    serverTraces(place.container, place.database),
  ]);
  return { ...folder, live, undoPoints };
}

/**
 * Proves what must hold after every operation, however it ended (FAULTS 7.1): (a) every listed backup has
 * metadata and data whose digest matches; (b) nothing listed is partial; (c) the number of verified backups
 * never falls below `keep` or what it was, and those that stayed have the same bytes; (d) the live database is
 * what it was, unless the operation said success; (e) after the next start no session, scratch or shadow
 * database, lock or hidden file of ours is left; (f) files are 0600, the folder 0700.
 *
 * The folder is looked at twice, at once and after the next start; the server after that start, which may
 * have to take back a fence.
 */
export async function expectInvariants(place: Place, before: Before, outcome: Outcome = {}): Promise<void> {
  expect(await violations(place, before, outcome)).toEqual([]);
}

/** The same as sentences, for a loop that goes on. */
export async function violations(place: Place, before: Before, outcome: Outcome = {}): Promise<string[]> {
  const { keep = 1, nextStart = takeBothLocks } = outcome;
  const found = (await folderViolations(place, before, keep)).map((one) => `at once: ${one}`);
  try {
    await nextStart(place);
  } catch (error) {
    found.push(`the next start failed: ${reasonOf(error)}`);
  }
  found.push(...(await folderViolations(place, before, keep)));
  found.push(...(await hiddenFiles(place, before)));
  found.push(...(await serverViolations(place, before, outcome)));
  return found;
}

async function takeBothLocks({ container, database, folder }: Place): Promise<void> {
  await using ports = await dockerPorts(container, database, { folder });
  await using _held = await hold(ports, 'next start', 'database', quietRun());
}

interface Folder {
  files: string[];
  verified: Map<string, string>;
  /** What is wrong with what is listed. */
  wrong: string[];
}

async function readFolder(folder: string): Promise<Folder> {
  const sets = await folderStore(folder, systemClock).list();
  const files = await readdir(folder);
  const read: Folder = { files, verified: new Map(), wrong: [] };
  for (const set of sets) {
    if (set.state === 'unverifiable') {
      read.wrong.push(`${set.id} is listed and cannot be verified: ${set.because}`);
      continue;
    }
    const checksum = sha256(await readFile(join(folder, set.dataFile)));
    if (checksum === set.manifest.checksum) read.verified.set(set.id, checksum);
    else read.wrong.push(`${set.id} is not what its metadata says`);
    if (!files.includes(`${set.id}_tables.txt`)) read.wrong.push(`${set.id} has no list of its tables`);
  }
  return read;
}

async function folderViolations({ folder }: Place, before: Before, keep: number): Promise<string[]> {
  const { files, verified, wrong } = await readFolder(folder);
  const found = wrong.filter((one) => !before.wrong.includes(one));
  const atLeast = Math.min(keep, before.verified.size);
  if (verified.size < atLeast) found.push(`${verified.size} backups verify where ${atLeast} must stay`);
  for (const [id, checksum] of before.verified) {
    if ((verified.get(id) ?? checksum) !== checksum) found.push(`${id} has other bytes than before`);
  }
  const mode = async (path: string): Promise<number> => (await lstat(path)).mode & 0o777;
  if ((await mode(folder)) !== 0o700) found.push(`${folder} is not 0700`);
  for (const name of files) {
    if ((await mode(join(folder, name))) !== 0o600) found.push(`${name} is not 0600`);
  }
  return found;
}

/** Whatever is neither of a listed backup nor the lock's own, and was not there before; a lock that is held. */
async function hiddenFiles({ folder }: Place, before: Before): Promise<string[]> {
  const { files, verified } = await readFolder(folder);
  const ofSets = [...verified.keys()].flatMap((id) =>
    ['.sql', '.sql.gz', '.json', '_tables.txt'].map((end) => id + end),
  );
  const known = new Set([...ofSets, ...before.files, '.lock', '.lock-owner.json']);
  const left = new Set([...files.filter((name) => !known.has(name)), ...(await unfinishedIn(folder))]);
  const found = [...left].map((name) => `${name} is left in the folder`);
  const owner = await readFile(join(folder, '.lock-owner.json'), 'utf8').catch(() => '');
  return owner === '' ? found : [...found, `the folder's lock still names its owner: ${owner}`];
}

async function serverViolations(
  place: Place,
  before: Before,
  { live, stays = [] }: Outcome,
): Promise<string[]> {
  const { container, database } = place;
  const { left, undoPoints } = await serverTraces(container, database);
  const found = left.map((name) => `left on the server: ${name}`);
  const gone = before.undoPoints.filter((name) => !undoPoints.includes(name));
  const added = undoPoints.filter((name) => !before.undoPoints.includes(name));
  if (live === undefined && gone.length + added.length > 0)
    found.push(`undo points of an operation that failed: ${gone} went, ${added} came`);
  const lost = stays.filter((name) => !undoPoints.includes(name));
  found.push(...lost.map((name) => `the undo point ${name} is gone, and with it the only copy`));
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
