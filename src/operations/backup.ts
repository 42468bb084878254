import type { BackupReason } from '../core/manifest.ts';
import type { BackupSet, CompleteSet } from '../core/ports/store.ts';
import { type TableChange, tableChanges } from '../core/table-changes.ts';
import { follow } from './follow.ts';
import { moment } from './foreseen.ts';
import { hold, type Policy, type Ports, type Run } from './run.ts';
import { takeBackup } from './take-backup.ts';
import { tidyUp } from './tidy-up.ts';

export interface BackupResult {
  set: CompleteSet;
  /** Against the set before it; null for the first. */
  previous: { id: string; changes: TableChange[] } | null;
  removed: BackupSet[];
  warnings: string[];
  repairs: string[];
}

/** Backs up the live database, proves the file, publishes it, then rotates (SPEC 6). */
export async function createBackup(
  ports: Ports,
  policy: Policy,
  request: { note: string; reason: BackupReason },
  run: Run,
): Promise<BackupResult> {
  await using held = await hold(ports, 'backup', 'folder', run);
  const course = follow(run, { backup: undefined, tidy: moment });
  const receipt = await takeBackup(ports, policy, held, request, course.step('backup'));
  const { set, warnings } = receipt;
  const previous = await setBefore(ports, set);
  const tidied = await tidyUp(ports, policy, held.connection, course.step('tidy'), receipt, undefined);
  return {
    set,
    previous: previous && { id: previous.id, changes: changesBetween(previous, set) },
    removed: tidied.removed,
    warnings: [...emptyWarning(previous, set), ...warnings, ...tidied.warnings],
    repairs: held.repairs,
  };
}

async function setBefore({ store }: Ports, set: CompleteSet): Promise<CompleteSet | null> {
  const { database, sequence } = set.manifest;
  const older = (await store.list())
    .filter((one) => one.state === 'complete')
    .filter((one) => one.manifest.database === database && one.manifest.sequence < sequence);
  return older[0] ?? null;
}

/** What the tables of one set have that those of another have not. */
export function changesBetween(before: CompleteSet, after: CompleteSet): TableChange[] {
  return tableChanges(before.manifest.tables, after.manifest.tables);
}

/** A valid dump of the wrong or a lost database looks like this (FAULTS F7). */
function emptyWarning(previous: CompleteSet | null, set: CompleteSet): string[] {
  const before = previous?.manifest.total_records ?? 0;
  const now = set.manifest.total_records;
  if (now === 0) return ['The database has no rows. This backup pushes out no other one.'];
  if (now < before / 10) return [`The database has ${now} rows where the backup before had ${before}.`];
  return [];
}
