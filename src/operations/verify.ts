import { readDump } from '../core/dump/read-dump.ts';
import { OperationError } from '../core/errors.ts';
import { findBackup } from '../core/find-backup.ts';
import { type ProofLevel, proofLevels } from '../core/manifest.ts';
import type { CompleteSet } from '../core/ports/store.ts';
import type { Connection, Shadow } from '../core/ports/target.ts';
import { tableChanges } from '../core/table-changes.ts';
import { requireNeeds } from './needs.ts';
import { damaged, examine, openPlain, proveExamined, refuseForbidden } from './read-backup.ts';
import { hold, type Ports, type Run } from './run.ts';

export interface VerifyResult {
  set: CompleteSet;
  level: ProofLevel;
  warnings: string[];
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
  const { store, target } = ports;
  const set = findBackup(await store.list(), request.backup, target?.database);
  if (set.state === 'unverifiable') throw damaged(set.id, set.because);
  const examination = await examine(store, set, run, set.manifest.size_bytes);
  try {
    proveExamined(set, examination);
  } catch (error) {
    await recorded(ports, set, 'written', []); // whatever was proven before holds no longer
    throw error;
  }
  if (!request.deep || target === undefined) return recorded(ports, set, 'hash', []);

  refuseForbidden(set, examination);
  const { level, warnings } = await restoreToScratch({ ...ports, target }, set, run);
  return recorded(ports, set, level, warnings);
}

/** The proof stands whether it can be written down or not: the folder may be busy, or only for reading. */
async function recorded(
  ports: VerifyPorts,
  set: CompleteSet,
  level: ProofLevel,
  warnings: string[],
): Promise<VerifyResult> {
  try {
    return { set: await record(ports, set, level), level, warnings };
  } catch (error) {
    if (!(error instanceof OperationError) || !['busy', 'store-failed'].includes(error.code)) throw error;
    return { set, level, warnings: [...warnings, `The proof was not written down: ${error.message}`] };
  }
}

async function restoreToScratch(ports: Ports, set: CompleteSet, run: Run) {
  await using held = await hold(ports, 'deep verification', 'read', run);
  const { connection } = held;
  const { manifest } = set;
  const needs = await requireNeeds(connection, manifest, { createRoles: false, withoutOwners: false });
  await using scratch = await connection.createShadow({
    purpose: 'scratch',
    settings: manifest.database_settings,
  });
  run.onProgress({ phase: 'Restoring into a scratch database' });
  await loadProven(ports, scratch, set, needs.extensions, run);
  run.onProgress({ phase: 'Comparing contents' });
  const digest = await contentDigestOf(connection, scratch, run);
  const same = digest === manifest.content_digest;
  const level: ProofLevel = same ? 'contents' : 'restored';
  const note = 'A dump of the restored database is not the same text; every table has its rows.';
  return { level, warnings: same ? needs.warnings : [...needs.warnings, note] };
}

/** Loads a set and proves that what is in the database is what the metadata says. */
export async function loadProven(
  { store }: Pick<Ports, 'store'>,
  shadow: Shadow,
  set: CompleteSet,
  extensions: readonly { name: string; version: string }[],
  run: Run,
  withoutOwners = false,
): Promise<void> {
  const { manifest } = set;
  const { plain, checksum } = await openPlain(store, set, run);
  const source = reportBytes(plain, manifest.compressed ? undefined : manifest.size_bytes, run);
  await shadow.load(source, { signal: run.signal, extensions, schemas: manifest.schemas, withoutOwners });
  if (checksum() !== manifest.checksum) throw damaged(set.id, 'it changed while it was being restored');
  run.onProgress({ phase: 'Counting rows' });
  const [different] = tableChanges(manifest.tables, await restoredRows(shadow, manifest.tables));
  if (different !== undefined) {
    const { schema, name, before, after } = different;
    throw new OperationError(
      'restore-failed',
      `The restored table ${schema}.${name} has ${after ?? 'no'} rows where the backup has ${before ?? 'none'}.`,
      { hint: 'The live database was not touched. Verify the backup: npm run backup:verify' },
    );
  }
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
  for await (const chunk of dump.stream as AsyncIterable<Buffer>) reader.write(chunk);
  await dump.finished;
  return reader.end().contentDigest;
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
