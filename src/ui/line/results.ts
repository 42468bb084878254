import { formatBytes, formatDuration } from '../../core/format.ts';
import type { UndoPoint } from '../../core/ports/database-facts.ts';
import type { BackupResult } from '../../operations/backup.ts';
import type { ClearPreview, ClearResult } from '../../operations/clear.ts';
import type { RestorePreview } from '../../operations/preview-restore.ts';
import type { RestoreResult } from '../../operations/restore.ts';
import type { Rotation } from '../../operations/rotate.ts';
import type { UndoResult } from '../../operations/undo.ts';
import type { VerifyResult } from '../../operations/verify.ts';
import type { Paint } from '../paint.ts';
import { oneLine } from '../plain-text.ts';
import { describeChanges, proofWords, rows, tables } from './backups.ts';
import { columnsOf } from './table.ts';

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

export function backupText(result: BackupResult, paint: Paint): string {
  const { set, previous, removed } = result;
  const { manifest } = set;
  const took = formatDuration(manifest.duration_ms);
  const lines = [
    `${paint.good('Backed up')} ${paint.strong(oneLine(manifest.database))}: ${rows(manifest.total_records)} in ${tables(manifest.tables)}, ${formatBytes(manifest.size_bytes)}, ${took}`,
    `  ${set.dataFile}`,
    `  ${manifest.checksum}  (read back and compared)`,
  ];
  if (previous !== null) {
    const changes = describeChanges(previous.changes, true);
    lines.push(
      `Since ${previous.id}:`,
      ...indent(changes.length > 0 ? changes : ['the row counts are the same']),
    );
  }
  for (const gone of removed) lines.push(`Rotated out: ${gone.id}`);
  return [...notices(result, paint), ...lines].join('\n');
}

export function verifyText({ set, level, warnings }: VerifyResult, paint: Paint): string {
  const { manifest } = set;
  const proof = `${proofWords[level]}, ${rows(manifest.total_records)}, ${formatBytes(manifest.size_bytes)}`;
  return [
    `${paint.good('Verified')} ${set.id}: ${proof}`,
    ...warnings.map((line) => warning(line, paint)),
  ].join('\n');
}

export function rotationText({ decisions, removed }: Rotation, dryRun: boolean, paint: Paint): string {
  if (decisions.length === 0) return 'There are no backups.';
  const verdict = (keep: boolean): string =>
    keep ? paint.good('keep') : paint.warn(dryRun ? 'would go' : 'removed');
  const table = columnsOf(
    ['', 'ID', 'WHY'].map((word) => paint.faint(word)),
    decisions.map(({ set, keep, reason }) => [verdict(keep), set.id, oneLine(reason)]),
  );
  const going = decisions.filter((decision) => !decision.keep).length;
  const sum = dryRun ? `${going} would be removed; nothing was changed.` : `${removed.length} removed.`;
  return `${table}\n${sum}`;
}

export function restorePreviewText(preview: RestorePreview, paint: Paint): string {
  const { set, database, exists, sessions, changes, exact } = preview;
  const replaced = exists
    ? `This replaces the database ${paint.strong(oneLine(database))}`
    : `This makes the database ${paint.strong(oneLine(database))}`;
  const cut = sessions > 0 ? `; ${sessions} ${sessions === 1 ? 'session is' : 'sessions are'} cut` : '';
  const lines = describeChanges(changes, exact);
  return [
    `${replaced} from ${set.id}${cut}.`,
    ...indent(lines.length > 0 ? lines : ['no row count changes']),
  ].join('\n');
}

export function restoreText(result: RestoreResult, paint: Paint): string {
  const { set, database, changes, exact, safetyBackup, blockedMs } = result;
  const changed = indent(describeChanges(changes, exact));
  if (result.outcome === 'dry-run') {
    const would = changed.length > 0 ? changed : ['  no row count would change'];
    return [
      ...notices(result, paint),
      `${paint.good('Dry run')}: ${set.id} restores and proves; nothing was changed. It would change:`,
      ...would,
    ].join('\n');
  }
  const lines = [
    `${paint.good('Restored')} ${paint.strong(oneLine(database))} from ${set.id}: ${rows(set.manifest.total_records)} proven`,
  ];
  if (result.outcome === 'restored-beside') return [...notices(result, paint), ...lines].join('\n');
  lines.push(...changed);
  if (safetyBackup !== null) {
    const what = safetyBackup.reused ? 'What was there equals the backup' : 'What was there is backed up as';
    lines.push(`${what} ${safetyBackup.id}`);
  }
  if (blockedMs !== null)
    lines.push(
      `The database was out of reach for ${Math.round(blockedMs)} ms. Back again with: npm run db:undo`,
    );
  for (const gone of result.removed) lines.push(`Rotated out: ${gone.id}`);
  return [...notices(result, paint), ...lines, ...keptUndoPoints(result.keptUndoPoints)].join('\n');
}

export function clearPreviewText(preview: ClearPreview, everything: boolean, paint: Paint): string {
  const about = preview.exact ? '' : '~';
  const going = preview.cleared.reduce((sum, table) => sum + table.rows, 0);
  const kept = preview.kept.map((table) => `${table.schema}.${table.name}`);
  const lines = [
    `This empties the database ${paint.strong(oneLine(preview.database))} of ${about}${rows(going)} in ${tables(preview.cleared)}${everything ? ' and of its schema' : '; the schema stays'}.`,
  ];
  if (preview.sessions > 0)
    lines.push(`  ${preview.sessions} ${preview.sessions === 1 ? 'session is' : 'sessions are'} cut.`);
  if (kept.length > 0)
    lines.push(`  Kept for the migration tools and extensions: ${oneLine(kept.join(', '))}`);
  lines.push('  A verified backup is made first.');
  return lines.join('\n');
}

export function clearText(result: ClearResult, paint: Paint): string {
  const { database, cleared, backup, blockedMs, removed } = result;
  if (result.outcome === 'nothing-to-clear')
    return [...notices(result, paint), `There is nothing to clear in ${oneLine(database)}.`].join('\n');
  const going = cleared.reduce((sum, table) => sum + table.rows, 0);
  const about = result.exact ? '' : '~';
  if (result.outcome === 'dry-run') {
    return [
      ...notices(result, paint),
      `${paint.good('Dry run')}: ${about}${rows(going)} in ${tables(cleared)} of ${oneLine(database)} would go; nothing was changed.`,
    ].join('\n');
  }
  const what =
    going > 0
      ? ` of ${about}${rows(going)} in ${tables(cleared)}`
      : ': it had no rows; its sequences begin anew';
  const lines = [`${paint.good('Cleared')} ${paint.strong(oneLine(database))}${what}`];
  if (backup !== null)
    lines.push(`  Backed up before, and verified: ${backup.id} (${formatBytes(backup.manifest.size_bytes)})`);
  if (blockedMs !== null)
    lines.push(
      `The database was out of reach for ${Math.round(blockedMs)} ms. Back again with: npm run db:undo`,
    );
  for (const gone of removed) lines.push(`Rotated out: ${gone.id}`);
  return [...notices(result, paint), ...lines, ...keptUndoPoints(result.keptUndoPoints)].join('\n');
}

export function undoText(result: UndoResult, paint: Paint): string {
  const { database, from, blockedMs, undoPoint } = result;
  const what = { clear: 'the clear', restore: 'the restore', undo: 'the undo' }[from.operation];
  const lines = [
    `${paint.good('Undone')}: ${paint.strong(oneLine(database))} is as it was before ${what} of ${from.at.slice(0, 19).replace('T', ' ')} UTC`,
  ];
  if (blockedMs !== null) lines.push(`The database was out of reach for ${Math.round(blockedMs)} ms.`);
  if (undoPoint !== null)
    lines.push('What was there until now is kept: npm run db:undo swaps the two again.');
  return [...notices(result, paint), ...lines].join('\n');
}

function notices(
  result: { repairs: readonly string[]; warnings?: readonly string[] },
  paint: Paint,
): string[] {
  const repaired = result.repairs.map((line) => paint.faint(`Put in order: ${oneLine(line)}`));
  return [...repaired, ...(result.warnings ?? []).map((line) => warning(line, paint))];
}

function warning(line: string, paint: Paint): string {
  return `${paint.warn('Note')}: ${oneLine(line)}`;
}

function keptUndoPoints(points: readonly UndoPoint[]): string[] {
  return points.map(
    (point) =>
      `An older put-aside database stays, since no verified backup of it is kept: ${oneLine(point.name)} (${formatBytes(point.sizeBytes)})`,
  );
}
