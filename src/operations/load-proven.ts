import type { BackupFacts } from '../core/backup-facts.ts';
import { archiveIn } from '../core/backup-format.ts';
import { OperationError } from '../core/errors.ts';
import { tableIdentifier } from '../core/identifiers.ts';
import type { Shadow } from '../core/ports/shadow.ts';
import type { CompleteSet } from '../core/ports/store.ts';
import { tableChanges } from '../core/table-changes.ts';
import { type Followed, follow } from './follow.ts';
import { foreseenLoad, type LoadStep } from './foreseen.ts';
import type { Needs } from './needs.ts';
import { damaged, openData } from './read-backup.ts';
import type { Ports, Run } from './run.ts';
import { tellArchive } from './tell-archive.ts';
import { tellLoad } from './tell-load.ts';

type LoadNeeds = Pick<Needs, 'extensions' | 'withoutOwners' | 'withoutPolicies'> & {
  jobs: number;
  /** What the examination of the set found: how much there is to load. */
  facts: BackupFacts;
};

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
  const course = follow(run, foreseenLoad(set, needs.facts));
  await load(ports, shadow, set, needs, run, course);
  course.step('count').onProgress({ phase: 'Counting rows' });
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
  { extensions, withoutOwners, withoutPolicies, jobs, facts }: LoadNeeds,
  run: Run,
  course: Followed<LoadStep>,
): Promise<void> {
  const { size_bytes: length, schemas, checksum: examined } = set.manifest;
  const { data, checksum } = await openData(store, set, run);
  const requireExamined = (): void => {
    if (checksum() !== examined) throw damaged(set.id, 'it changed while it was being restored');
  };
  const options = { signal: run.signal, extensions, schemas, withoutOwners, withoutPolicies, jobs };
  const format = archiveIn(set.dataFile);
  if (format !== null) {
    const telling = tellArchive(course, facts);
    const sent = (): void => {
      requireExamined();
      telling.sent();
    };
    const { onProgress } = course.step('send');
    const bytes = counted(data, (taken) =>
      onProgress({ phase: 'Sending', bytes: taken, expectedBytes: length }),
    );
    return shadow.loadArchive({ format, bytes, length, sent }, options, telling.seen);
  }
  const telling = tellLoad(course, facts);
  async function* loading(): AsyncGenerator<Uint8Array> {
    yield* counted(data, telling.loaded);
    telling.allLoaded();
  }
  await shadow.load(loading(), options, telling.built);
  requireExamined();
}

/** Tells the bytes only when somebody has taken them. */
async function* counted(
  data: AsyncIterable<Uint8Array>,
  tell: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of data) {
    yield chunk;
    bytes += chunk.length;
    tell(bytes);
  }
}

/** Tables of extensions that a dump does not carry have rows of the extension's own. */
async function restoredRows(shadow: Shadow, expected: readonly { schema: string; name: string }[]) {
  const known = new Set(expected.map(({ schema, name }) => JSON.stringify([schema, name])));
  const rows = await shadow.rows();
  return rows.filter(
    (table) => known.has(JSON.stringify([table.schema, table.name])) || table.extension === null,
  );
}
