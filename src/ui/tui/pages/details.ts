import { formatBytes, formatCount, formatDuration } from '../../../core/format.ts';
import { tableIdentifier } from '../../../core/identifiers.ts';
import type { BackupSet, CompleteSet } from '../../../core/ports/store.ts';
import { tableChanges } from '../../../core/table-changes.ts';
import { describeChanges, proofWords, rows, tables } from '../../line/backups.ts';
import { type Line, labelled, labelledText, line, span, toWidth } from '../line.ts';
import { sparkline } from '../sparkline.ts';
import type { MenuState } from '../state.ts';
import { chosenBackup } from '../visible-backups.ts';
import { ageSince } from './age.ts';

/** The chosen backup: what it is, what changed against the one before it, its tables. */
export function detailLines(state: MenuState, columns: number): Line[] {
  const set = chosenBackup(state);
  if (set === null) return [line('No backup is chosen.', 'faint')];
  return set.state === 'complete' ? completeLines(state, set, columns) : strangeLines(set, columns);
}

function strangeLines(set: Exclude<BackupSet, CompleteSet>, columns: number): Line[] {
  return [
    line(set.id, 'strong'),
    labelled('Proof', span('unverifiable', 'warn')),
    ...labelledText('', `It cannot be verified: ${set.because}.`, columns),
    labelled('File', span(set.dataFile ?? 'none')),
    labelled('Size', span(formatBytes(set.sizeBytes))),
  ];
}

function completeLines(state: MenuState, set: CompleteSet, columns: number): Line[] {
  const { manifest } = set;
  const { verification } = manifest;
  const family = relatives(state.sets ?? [], set);
  const before = family.find((one) => one.manifest.sequence < manifest.sequence);
  const changes =
    before === undefined ? [] : describeChanges(tableChanges(before.manifest.tables, manifest.tables), true);
  const history = family.toReversed().map((one) => one.manifest.total_records);
  return [
    line(set.id, 'strong'),
    labelled(
      'Made',
      span(
        `${ageSince(manifest.timestamp, state.now)}, ${manifest.timestamp.replace('T', ' ').replace('Z', ' UTC')}`,
      ),
    ),
    labelled('Reason', span(manifest.reason), span(manifest.pinned ? ', pinned' : '', 'good')),
    ...(manifest.note === '' ? [] : labelledText('Note', manifest.note, columns)),
    labelled(
      'Proof',
      span(proofWords[verification.level], 'good'),
      span(` ${ageSince(verification.at, state.now)}`),
    ),
    labelled(
      'File',
      span(`${set.dataFile}, ${formatBytes(manifest.size_bytes)}, ${formatDuration(manifest.duration_ms)}`),
    ),
    ...labelledText('Checksum', manifest.checksum, columns, 'faint'),
    labelled(
      'Database',
      span(
        `${manifest.database}, ${formatBytes(manifest.database_size_bytes)}, PostgreSQL ${manifest.server_version}`,
      ),
    ),
    labelled(
      'Rows',
      span(
        `${sparkline(history, Math.max(8, Math.min(40, columns - 24)))} ${formatCount(manifest.total_records)}`,
      ),
    ),
    [],
    line(before === undefined ? 'It is the first of its database.' : `Since ${before.id}:`, 'faint'),
    ...(before !== undefined && changes.length === 0
      ? [line('  the row counts are the same')]
      : changes.map((change) => line(`  ${change}`))),
    [],
    line(tables(manifest.tables), 'faint'),
    ...manifest.tables.map((table) =>
      line(`  ${toWidth(rows(table.rows), 16, 'right')}  ${tableIdentifier(table)}`),
    ),
  ];
}

/** The complete sets of the same database, newest first. */
function relatives(sets: readonly BackupSet[], { manifest }: CompleteSet): CompleteSet[] {
  return sets
    .filter((set) => set.state === 'complete')
    .filter((set) => set.manifest.database === manifest.database)
    .toSorted((a, b) => b.manifest.sequence - a.manifest.sequence);
}
