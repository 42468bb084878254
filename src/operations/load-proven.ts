import { archiveIn } from '../core/backup-format.ts';
import { OperationError } from '../core/errors.ts';
import { tableIdentifier } from '../core/identifiers.ts';
import type { CompleteSet } from '../core/ports/store.ts';
import type { Shadow } from '../core/ports/target.ts';
import { tableChanges } from '../core/table-changes.ts';
import type { Needs } from './needs.ts';
import { damaged, openData } from './read-backup.ts';
import type { Ports, Run } from './run.ts';

type LoadNeeds = Pick<Needs, 'extensions' | 'withoutOwners' | 'withoutPolicies'> & { jobs: number };

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
export async function loadAndCompare(
  ports: Pick<Ports, 'store'>,
  shadow: Shadow,
  set: CompleteSet,
  needs: LoadNeeds,
  run: Run,
): Promise<string | null> {
  const { manifest } = set;
  await load(ports, shadow, set, needs, run);
  run.onProgress({ phase: 'Counting rows' });
  const [different] = tableChanges(manifest.tables, await restoredRows(shadow, manifest.tables));
  if (different === undefined) return null;
  const { before, after } = different;
  const table = tableIdentifier(different);
  if (after === null) return `the table ${table} of the metadata is missing`;
  if (before === null) return `the metadata does not name its table ${table}`;
  return `the table ${table} has ${after} rows where the metadata says ${before}`;
}

/** Loads a set, and proves that what was loaded are the bytes that were examined: of an archive before any of it is run. */
async function load(
  { store }: Pick<Ports, 'store'>,
  shadow: Shadow,
  set: CompleteSet,
  { extensions, withoutOwners, withoutPolicies, jobs }: LoadNeeds,
  run: Run,
): Promise<void> {
  const { size_bytes: length, compressed, schemas, checksum: examined } = set.manifest;
  const { data, checksum } = await openData(store, set, run);
  const requireExamined = (): void => {
    if (checksum() !== examined) throw damaged(set.id, 'it changed while it was being restored');
  };
  const options = { signal: run.signal, extensions, schemas, withoutOwners, withoutPolicies, jobs };
  const format = archiveIn(set.dataFile);
  if (format !== null) {
    const sent = (): void => {
      requireExamined();
      run.onProgress({ phase: 'Restoring' });
    };
    const bytes = reportBytes('Sending', data, length, run);
    return shadow.loadArchive({ format, bytes, length, sent }, options);
  }
  await shadow.load(loading(data, compressed ? undefined : length, run), options);
  requireExamined();
}

async function* loading(
  plain: AsyncIterable<Uint8Array>,
  expectedBytes: number | undefined,
  run: Run,
): AsyncGenerator<Uint8Array> {
  const bytes = yield* reportBytes('Restoring', plain, expectedBytes, run);
  run.onProgress({ phase: 'Building indexes', bytes });
}

/** @returns how many bytes there were */
async function* reportBytes(
  phase: string,
  data: AsyncIterable<Uint8Array>,
  expectedBytes: number | undefined,
  { onProgress }: Run,
): AsyncGenerator<Uint8Array, number> {
  let bytes = 0;
  for await (const chunk of data) {
    yield chunk;
    bytes += chunk.length;
    onProgress({ phase, bytes, ...(expectedBytes === undefined ? {} : { expectedBytes }) });
  }
  return bytes;
}

/** Tables of extensions that a dump does not carry have rows of the extension's own. */
async function restoredRows(shadow: Shadow, expected: readonly { schema: string; name: string }[]) {
  const known = new Set(expected.map(({ schema, name }) => JSON.stringify([schema, name])));
  const rows = await shadow.rows();
  return rows.filter(
    (table) => known.has(JSON.stringify([table.schema, table.name])) || table.extension === null,
  );
}
