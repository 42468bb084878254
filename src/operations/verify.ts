import { type BackupFacts, factsOfDump } from '../core/backup-facts.ts';
import { archiveIn } from '../core/backup-format.ts';
import { readDump } from '../core/dump/read-dump.ts';
import { type ErrorCode, OperationError } from '../core/errors.ts';
import { findBackup } from '../core/find-backup.ts';
import { usualJobs } from '../core/jobs.ts';
import { type ProofLevel, proofLevels } from '../core/manifest.ts';
import type { Dump, Shadow } from '../core/ports/shadow.ts';
import type { CompleteSet } from '../core/ports/store.ts';
import type { Connection } from '../core/ports/target.ts';
import { plainOf } from './arriving-dump.ts';
import { type Followed, follow } from './follow.ts';
import { foreseenCheck, foreseenDump, foreseenLoad, sum } from './foreseen.ts';
import { loadAndCompare } from './load-proven.ts';
import { requireNeeds } from './needs.ts';
import { damaged, examine, proveExamined, refuseForbidden } from './read-backup.ts';
import { requireLoadable } from './require-tools.ts';
import { hold, type Ports, type Run } from './run.ts';
import { requireLoadSpace } from './space.ts';

interface Proof {
  level: ProofLevel;
  warnings: string[];
}

export interface VerifyResult extends Proof {
  set: CompleteSet;
}

/** A file can be verified with no database in reach; `deep` needs the target. */
export type VerifyPorts = Omit<Ports, 'target'> & { target: Ports['target'] | undefined };

export interface VerifyRequest {
  backup: string;
  deep: boolean;
  /** How many sessions a deep one loads with. */
  jobs?: number;
}

/**
 * Proves a backup: checksum, completeness and rows of the file; with `deep` by a real restore into a scratch
 * database, whose own dump must then have the same content.
 *
 * @throws OperationError `backup-unverified`, saying what differs.
 */
export async function verifyBackup(
  ports: VerifyPorts,
  request: VerifyRequest,
  run: Run,
): Promise<VerifyResult> {
  const set = findBackup(await ports.store.list(), request.backup, ports.target?.database);
  if (set.state === 'unverifiable') throw damaged(set.id, set.because);
  const proof = await prove(ports, set, request, run).catch(async (error: unknown) => {
    // Whatever was proven before holds no longer. That this cannot be written down must not hide why.
    if (hasCode(error, ['backup-unverified'])) await record(ports, set, 'written').catch(() => {});
    throw error;
  });
  return recorded(ports, set, proof);
}

async function prove(
  ports: VerifyPorts,
  set: CompleteSet,
  { deep, jobs = usualJobs }: VerifyRequest,
  run: Run,
): Promise<Proof> {
  const { store, target } = ports;
  const course = follow(run, {
    check: foreseenCheck(set),
    restore: deep ? sum(foreseenLoad(set)) : 0,
    compare: deep ? foreseenDump(set) : 0,
  });
  if (deep && target !== undefined) requireLoadable(target, set);
  const examination = await examine(store, set, course.step('check'), set.manifest.size_bytes);
  proveExamined(set, examination);
  if (!deep || target === undefined) return { level: 'hash', warnings: [] };
  refuseForbidden(set, examination);
  return restoreToScratch({ ...ports, target }, set, { jobs, facts: examination.facts }, course);
}

/** The proof stands whether it can be written down or not: the folder may be busy, full, only for reading, or the set gone. */
async function recorded(ports: VerifyPorts, set: CompleteSet, proof: Proof): Promise<VerifyResult> {
  try {
    return { ...proof, set: await record(ports, set, proof.level) };
  } catch (error) {
    if (!hasCode(error, ['busy', 'store-failed', 'disk-full', 'backup-missing'])) throw error;
    const warning = `The proof was not written down: ${error.message}`;
    return { ...proof, set, warnings: [...proof.warnings, warning] };
  }
}

function hasCode(error: unknown, codes: readonly ErrorCode[]): error is OperationError {
  return error instanceof OperationError && codes.includes(error.code);
}

async function restoreToScratch(
  ports: Ports,
  set: CompleteSet,
  how: { jobs: number; facts: BackupFacts },
  course: Followed<'check' | 'restore' | 'compare'>,
): Promise<Proof> {
  course.foresee({ restore: sum(foreseenLoad(set, how.facts)) });
  const run = course.step('restore');
  await using held = await hold(ports, 'deep verification', 'look', run);
  const { connection } = held;
  const { manifest } = set;
  await requireLoadSpace(connection, set);
  const needs = await requireNeeds(connection, manifest, { createRoles: false, withoutOwners: false });
  await using scratch = await connection.createShadow({
    purpose: 'scratch',
    settings: manifest.database_settings,
  });
  run.onProgress({ phase: 'Restoring into a scratch database' });
  const difference = await loadAndCompare(ports, scratch, set, { ...needs, ...how }, run);
  if (difference !== null) throw damaged(set.id, `restored, ${difference}`);
  course.step('compare').onProgress({ phase: 'Comparing contents' });
  const digest = await contentDigestOf(connection, scratch, set, run);
  const same = digest === manifest.content_digest;
  const level: ProofLevel = same ? 'contents' : 'restored';
  const note = 'A dump of the restored database is not the same text; every table has its rows.';
  return { level, warnings: same ? needs.warnings : [...needs.warnings, note] };
}

/** Of a dump of the kind that the set is: of archives the custom one is, for it needs no folder in between. */
async function contentDigestOf(
  connection: Connection,
  scratch: Shadow,
  { dataFile }: CompleteSet,
  { signal }: Run,
): Promise<string> {
  const archive = archiveIn(dataFile) !== null;
  const dump = connection.dumpShadow(scratch, signal, { format: archive ? 'custom' : 'zstd', jobs: 1 });
  const facts = archive ? await readCustom(dump) : await readPlain(dump);
  await dump.finished;
  const { complete, incompleteBecause, contentDigest } = facts;
  if (complete) return contentDigest;
  throw new OperationError('dump-failed', `What was restored could not be read: ${incompleteBecause}.`, {
    hint: 'This says nothing about the backup. Try again.',
  });
}

async function readCustom({ stream }: Dump): Promise<BackupFacts> {
  const { readArchive } = await import('../core/archive/read-archive.ts');
  return readArchive('custom', stream);
}

async function readPlain(dump: Dump): Promise<BackupFacts> {
  const reader = readDump();
  for await (const chunk of plainOf(dump)) reader.write(chunk);
  return factsOfDump(reader.end());
}

/** Writes the proof into the metadata. A stronger one of the same bytes stays; a failed one takes it back. */
async function record(
  { store, clock }: VerifyPorts,
  set: CompleteSet,
  level: ProofLevel,
): Promise<CompleteSet> {
  await using _lock = await store.lock('verify');
  const current = findBackup(await store.list(), set.id, set.manifest.database);
  if (current.state === 'unverifiable' || current.manifest.checksum !== set.manifest.checksum) {
    throw damaged(set.id, 'it changed while it was being verified');
  }
  const had = current.manifest.verification.level;
  const stays = level !== 'written' && proofLevels.indexOf(had) > proofLevels.indexOf(level);
  const strongest = stays ? had : level;
  const at = `${clock.now().toISOString().slice(0, 19)}Z`;
  return store.update(current, { ...current.manifest, verification: { level: strongest, at } });
}
