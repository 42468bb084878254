import { readDump } from '../core/dump/read-dump.ts';
import { type ErrorCode, OperationError } from '../core/errors.ts';
import { findBackup } from '../core/find-backup.ts';
import { tableIdentifier } from '../core/identifiers.ts';
import { type ProofLevel, proofLevels } from '../core/manifest.ts';
import type { CompleteSet } from '../core/ports/store.ts';
import type { Connection, Shadow } from '../core/ports/target.ts';
import { tableChanges } from '../core/table-changes.ts';
import { plainOf } from './arriving-dump.ts';
import { type Needs, requireNeeds } from './needs.ts';
import { damaged, examine, openPlain, proveExamined, refuseForbidden } from './read-backup.ts';
import { hold, type Ports, type Run } from './run.ts';

type LoadNeeds = Pick<Needs, 'extensions' | 'withoutOwners' | 'withoutPolicies'>;

interface Proof {
  level: ProofLevel;
  warnings: string[];
}

export interface VerifyResult extends Proof {
  set: CompleteSet;
}

/** A file can be verified with no database in reach; `deep` needs the target. */
export type VerifyPorts = Omit<Ports, 'target'> & { target: Ports['target'] | undefined };

/**
 * Proves a backup: checksum, completeness and rows of the file; with `deep` by a real restore into a scratch
 * database, whose own dump must then have the same content.
 *
 * @throws OperationError `backup-unverified`, saying what differs.
 */
export async function verifyBackup(
  ports: VerifyPorts,
  request: { backup: string; deep: boolean },
  run: Run,
): Promise<VerifyResult> {
  const set = findBackup(await ports.store.list(), request.backup, ports.target?.database);
  if (set.state === 'unverifiable') throw damaged(set.id, set.because);
  const proof = await prove(ports, set, request.deep, run).catch(async (error: unknown) => {
    // Whatever was proven before holds no longer. That this cannot be written down must not hide why.
    if (hasCode(error, ['backup-unverified'])) await record(ports, set, 'written').catch(() => {});
    throw error;
  });
  return recorded(ports, set, proof);
}

async function prove(ports: VerifyPorts, set: CompleteSet, deep: boolean, run: Run): Promise<Proof> {
  const { store, target } = ports;
  const examination = await examine(store, set, run, set.manifest.size_bytes);
  proveExamined(set, examination);
  if (!deep || target === undefined) return { level: 'hash', warnings: [] };
  refuseForbidden(set, examination);
  return restoreToScratch({ ...ports, target }, set, run);
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

async function restoreToScratch(ports: Ports, set: CompleteSet, run: Run): Promise<Proof> {
  await using held = await hold(ports, 'deep verification', 'look', run);
  const { connection } = held;
  const { manifest } = set;
  const needs = await requireNeeds(connection, manifest, { createRoles: false, withoutOwners: false });
  await using scratch = await connection.createShadow({
    purpose: 'scratch',
    settings: manifest.database_settings,
  });
  run.onProgress({ phase: 'Restoring into a scratch database' });
  const difference = await loadAndCompare(ports, scratch, set, needs, run);
  if (difference !== null) throw damaged(set.id, `restored, ${difference}`);
  run.onProgress({ phase: 'Comparing contents' });
  const digest = await contentDigestOf(connection, scratch, run);
  const same = digest === manifest.content_digest;
  const level: ProofLevel = same ? 'contents' : 'restored';
  const note = 'A dump of the restored database is not the same text; every table has its rows.';
  return { level, warnings: same ? needs.warnings : [...needs.warnings, note] };
}

/** Loads a set and proves that what is in the database is what the metadata says. */
export async function loadProven(
  ports: Pick<Ports, 'store'>,
  shadow: Shadow,
  set: CompleteSet,
  needs: LoadNeeds,
  run: Run,
): Promise<void> {
  const difference = await loadAndCompare(ports, shadow, set, needs, run);
  if (difference === null) return;
  throw new OperationError(
    'restore-failed',
    `The restored database is not what was backed up: ${difference}.`,
    {
      hint: 'The live database was not touched. Verify the backup: npm run backup:verify',
    },
  );
}

/** Gives the first table that differs from the metadata, in words; null where none does. */
async function loadAndCompare(
  { store }: Pick<Ports, 'store'>,
  shadow: Shadow,
  set: CompleteSet,
  { extensions, withoutOwners, withoutPolicies }: LoadNeeds,
  run: Run,
): Promise<string | null> {
  const { manifest } = set;
  const { plain, checksum } = await openPlain(store, set, run);
  const source = reportBytes(plain, manifest.compressed ? undefined : manifest.size_bytes, run);
  const { signal } = run;
  const { schemas } = manifest;
  await shadow.load(source, { signal, extensions, schemas, withoutOwners, withoutPolicies });
  if (checksum() !== manifest.checksum) throw damaged(set.id, 'it changed while it was being restored');
  run.onProgress({ phase: 'Counting rows' });
  const [different] = tableChanges(manifest.tables, await restoredRows(shadow, manifest.tables));
  if (different === undefined) return null;
  const { before, after } = different;
  const table = tableIdentifier(different);
  if (after === null) return `the table ${table} of the metadata is missing`;
  if (before === null) return `the metadata does not name its table ${table}`;
  return `the table ${table} has ${after} rows where the metadata says ${before}`;
}

export async function* reportBytes(
  plain: AsyncIterable<Uint8Array>,
  expectedBytes: number | undefined,
  { onProgress }: Run,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of plain) {
    yield chunk;
    bytes += chunk.length;
    onProgress({ phase: 'Restoring', bytes, ...(expectedBytes === undefined ? {} : { expectedBytes }) });
  }
  onProgress({ phase: 'Building indexes', bytes });
}

/** Tables of extensions that a dump does not carry have rows of the extension's own. */
async function restoredRows(shadow: Shadow, expected: readonly { schema: string; name: string }[]) {
  const known = new Set(expected.map(({ schema, name }) => JSON.stringify([schema, name])));
  const rows = await shadow.rows();
  return rows.filter(
    (table) => known.has(JSON.stringify([table.schema, table.name])) || table.extension === null,
  );
}

async function contentDigestOf(connection: Connection, scratch: Shadow, { signal }: Run): Promise<string> {
  const dump = connection.dumpShadow(scratch, signal);
  const reader = readDump();
  for await (const chunk of plainOf(dump)) reader.write(chunk);
  await dump.finished;
  const { complete, incompleteBecause, contentDigest } = reader.end();
  if (complete) return contentDigest;
  throw new OperationError('dump-failed', `What was restored could not be read: ${incompleteBecause}.`, {
    hint: 'This says nothing about the backup. Try again.',
  });
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
