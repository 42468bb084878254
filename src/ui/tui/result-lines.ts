import { type OperationError, reasonOf } from '../../core/errors.ts';
import { formatBytes, formatDuration } from '../../core/format.ts';
import type { BackupSet } from '../../core/ports/store.ts';
import type { BackupResult } from '../../operations/backup.ts';
import type { ClearResult } from '../../operations/clear.ts';
import type { RestoreResult } from '../../operations/restore.ts';
import type { UndoResult } from '../../operations/undo.ts';
import type { VerifyResult } from '../../operations/verify.ts';
import { proofWords, rows } from '../line/backups.ts';
import { oneLine } from '../plain-text.ts';
import type { ResultLine } from './state.ts';

/** Every result of an operation as one permanent line: what, size, duration, file, checksum. */

const good = (text: string, notes: readonly string[] = []): ResultLine => ({
  kind: 'good',
  text: oneLine(text),
  notes: notes.map(oneLine),
});

interface Told {
  repairs?: readonly string[];
  warnings?: readonly string[];
  removed?: readonly BackupSet[];
}

function notesOf({ repairs = [], warnings = [], removed = [] }: Told): string[] {
  return [
    ...repairs.map((line) => `Put in order: ${line}`),
    ...warnings.map((line) => `Note: ${line}`),
    ...removed.map(({ id }) => `Rotated out: ${id}`),
  ];
}

const outOfReach = (ms: number | null): string =>
  ms === null ? '' : `, out of reach for ${Math.round(ms)} ms`;

export function backupLine(result: BackupResult): ResultLine {
  const { manifest, dataFile } = result.set;
  const facts = [
    rows(manifest.total_records),
    formatBytes(manifest.size_bytes),
    formatDuration(manifest.duration_ms),
  ];
  return good(
    `Backed up ${manifest.database}: ${facts.join(', ')}, ${dataFile}, ${manifest.checksum}`,
    notesOf(result),
  );
}

export function restoreLine(result: RestoreResult): ResultLine {
  const { set, database, safetyBackup, blockedMs } = result;
  const kept =
    safetyBackup === null ? [] : [`What was there is backed up as ${safetyBackup.id}; undo brings it back.`];
  const text = `Restored ${database} from ${set.id}: ${rows(set.manifest.total_records)} proven${outOfReach(blockedMs)}`;
  return good(text, [...kept, ...notesOf(result)]);
}

export function clearLine(result: ClearResult): ResultLine {
  if (result.outcome === 'nothing-to-clear')
    return {
      kind: 'plain',
      text: `There is nothing to clear in ${result.database}.`,
      notes: notesOf(result),
    };
  const going = result.cleared.reduce((sum, table) => sum + table.rows, 0);
  const backup = result.backup === null ? '' : `, backed up as ${result.backup.id}`;
  const text = `Cleared ${result.database}: ${result.exact ? '' : '~'}${rows(going)} gone${outOfReach(result.blockedMs)}${backup}`;
  return good(text, notesOf(result));
}

export function undoLine(result: UndoResult): ResultLine {
  const { database, from, blockedMs } = result;
  return good(
    `Undone: ${database} is as it was before the ${from.operation} of ${from.at.slice(0, 19).replace('T', ' ')} UTC${outOfReach(blockedMs)}`,
    notesOf(result),
  );
}

export function verifyLine({ set, level, warnings }: VerifyResult): ResultLine {
  return good(
    `Verified ${set.id}: ${proofWords[level]}, ${rows(set.manifest.total_records)}, ${formatBytes(set.manifest.size_bytes)}`,
    notesOf({ warnings }),
  );
}

export function pinLine({ id }: BackupSet, pinned: boolean): ResultLine {
  return good(`${pinned ? 'Pinned' : 'Unpinned'} ${id}`);
}

export function deleteLine({ id }: BackupSet): ResultLine {
  return good(`Deleted ${id}`);
}

export function failureLine(title: string, error: unknown): ResultLine {
  const { code, hint } = error as Partial<OperationError>;
  if (code === 'interrupted')
    return { kind: 'plain', text: `Cancelled: ${title}. Nothing was left half done.`, notes: [] };
  if (code === 'refused')
    return { kind: 'bad', text: oneLine(reasonOf(error)), notes: hint === undefined ? [] : [oneLine(hint)] };
  return {
    kind: 'bad',
    text: oneLine(`${title} failed: ${reasonOf(error)}`),
    notes: hint === undefined ? [] : [oneLine(hint)],
  };
}
