import { stripVTControlCharacters } from 'node:util';
import { formatAge, formatBytes, formatCount, formatCounted } from '../../core/format.ts';
import { tableIdentifier } from '../../core/identifiers.ts';
import type { ProofLevel } from '../../core/manifest.ts';
import type { BackupSet, CompleteSet } from '../../core/ports/store.ts';
import type { TableChange } from '../../core/table-changes.ts';
import type { Paint } from '../paint.ts';
import { oneLine } from '../plain-text.ts';
import { columnsOf } from './table.ts';

/** How far a backup is proven, in a word or two. */
export const proofWords: Record<ProofLevel, string> = {
  written: 'written',
  hash: 'hash checked',
  restored: 'restored',
  contents: 'contents equal',
};

/**
 * The list of backups as a table; what cannot be verified is shown as what it is. Where the terminal is too
 * narrow for the table, each backup has a line for its id and the rest below.
 */
export function backupTable(
  sets: readonly BackupSet[],
  now: Date,
  paint: Paint,
  columns = Number.POSITIVE_INFINITY,
): string {
  const head = ['ID', 'AGE', 'SIZE', 'ROWS', 'REASON', 'PROOF', ''];
  const rowsOf = sets.map((set) =>
    set.state === 'complete' ? completeRow(set, now, paint) : unverifiableRow(set, paint),
  );
  const table = columnsOf(
    head.map((word) => paint.faint(word)),
    rowsOf,
    [2, 3],
  );
  const width = Math.max(...table.split('\n').map((line) => stripVTControlCharacters(line).length));
  return width <= columns ? table : rowsOf.map((row) => onItsLines(row, columns)).join('\n');
}

function onItsLines([id = '', age, size, count, ...others]: string[], columns: number): string {
  const facts = [age, size, count === '' ? '' : `${count} rows`, ...others].filter((fact) => fact !== '');
  const lines = [''];
  for (const word of facts.join(', ').split(' ')) {
    const line = `${lines.at(-1)} ${word}`;
    if (1 + stripVTControlCharacters(line).length <= columns) lines.splice(-1, 1, line);
    else lines.push(` ${word}`);
  }
  return [id, ...lines.map((line) => ` ${line}`)].join('\n');
}

/** One set on one line, for choosing among them. */
export function describeSet(set: BackupSet, now: Date): string {
  if (set.state === 'unverifiable') return `${set.id}  (unverifiable: ${oneLine(set.because)})`;
  const { manifest } = set;
  const facts = [
    ageOf(set, now),
    formatBytes(manifest.size_bytes),
    `${formatCount(manifest.total_records)} rows`,
    manifest.reason,
  ];
  return `${set.id}  ${facts.join(', ')}${manifest.note === '' ? '' : ` - ${oneLine(manifest.note)}`}`;
}

export function ageOf(set: CompleteSet, now: Date): string {
  return formatAge(now.getTime() - Date.parse(set.manifest.timestamp));
}

/** What differs, a table a line: `users 150 → 148`, `sessions goes away`. */
export function describeChanges(changes: readonly TableChange[], exact: boolean, limit = 12): string[] {
  const lines = changes.slice(0, limit).map((change) => {
    const name = tableIdentifier(change).replace(/^public\./, '');
    const before = change.before === null ? '' : `${exact ? '' : '~'}${formatCount(change.before)}`;
    if (change.before === null) return `${name} comes in with ${rows(change.after ?? 0)}`;
    if (change.after === null)
      return `${name} goes away with its ${before} ${change.before === 1 ? 'row' : 'rows'}`;
    return `${name} ${before} → ${formatCount(change.after)}`;
  });
  const more = changes.length - limit;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

export function rows(count: number): string {
  return formatCounted(count, 'row');
}

export function tables({ length }: readonly unknown[]): string {
  return formatCounted(length, 'table');
}

function completeRow(set: CompleteSet, now: Date, paint: Paint): string[] {
  const { manifest } = set;
  const note = [manifest.pinned ? 'pinned' : '', oneLine(manifest.note)]
    .filter((part) => part !== '')
    .join(', ');
  return [
    set.id,
    ageOf(set, now),
    formatBytes(manifest.size_bytes),
    formatCount(manifest.total_records),
    manifest.reason,
    paint.good(proofWords[manifest.verification.level]),
    note,
  ];
}

function unverifiableRow(set: Exclude<BackupSet, CompleteSet>, paint: Paint): string[] {
  return [set.id, '', formatBytes(set.sizeBytes), '', '', paint.warn('unverifiable'), oneLine(set.because)];
}
