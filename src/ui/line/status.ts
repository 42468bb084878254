import { formatBytes, formatCount } from '../../core/format.ts';
import { tableIdentifier } from '../../core/identifiers.ts';
import type { TableFacts, TargetStatus } from '../../core/ports/database-facts.ts';
import type { StatusResult } from '../../operations/status.ts';
import type { Paint } from '../paint.ts';
import { oneLine } from '../plain-text.ts';
import { ageOf, proofWords } from './backups.ts';
import { columnsOf } from './table.ts';

const tableLimit = 15;

export function statusText(result: StatusResult, now: Date, paint: Paint): string {
  const { target, unreachable, backups, repairs } = result;
  const lines = repairs.map((line) => paint.faint(`Put in order: ${oneLine(line)}`));
  lines.push(
    `${paint.faint('Database')}   ${paint.strong(oneLine(result.database))}${result.container ? ` in ${oneLine(result.container)}` : ''}`,
  );
  if (target !== null) lines.push(...targetLines(target, paint));
  if (unreachable !== null)
    lines.push(`${paint.faint('State')}      ${paint.bad(oneLine(unreachable.message))}`);
  lines.push(`${paint.faint('Backups')}    ${backupsLine(backups, now)}`);
  if (backups.freeBytes !== null)
    lines.push(`${paint.faint('Disk')}       ${formatBytes(backups.freeBytes)} free for backups`);
  if (target !== null && target.tables.length > 0) lines.push('', tablesText(target.tables, paint));
  return lines.join('\n');
}

function targetLines(target: TargetStatus, paint: Paint): string[] {
  const image = target.image === null ? '' : ` (${oneLine(target.image)})`;
  const state =
    target.state === 'running' || target.state === 'embedded'
      ? paint.good(target.state)
      : paint.bad(oneLine(target.state));
  const database = target.exists
    ? `${formatBytes(target.sizeBytes)}, ${connections(target.sessions)}`
    : paint.bad('does not exist');
  const undo = target.undoPoint;
  return [
    `${paint.faint('State')}      ${state}${image}, PostgreSQL ${target.serverVersion}`,
    `${paint.faint('Size')}       ${database}`,
    `${paint.faint('Undo')}       ${undo === null ? 'nothing to undo' : `the ${undo.operation} of ${undo.at.slice(0, 19).replace('T', ' ')} UTC (${formatBytes(undo.sizeBytes)})`}`,
  ];
}

function backupsLine(backups: StatusResult['backups'], now: Date): string {
  const { newest, count, unverifiable, others, totalBytes } = backups;
  const strange = `${others > 0 ? `, ${others} of other databases` : ''}${unverifiable > 0 ? `, ${unverifiable} unverifiable` : ''}`;
  if (newest === null) return `none yet${strange}`;
  const proof = proofWords[newest.manifest.verification.level];
  return `${count} (${formatBytes(totalBytes)}), the newest ${ageOf(newest, now)}, ${proof}${strange}`;
}

function tablesText(tables: readonly TableFacts[], paint: Paint): string {
  const largest = tables.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const shown = largest
    .slice(0, tableLimit)
    .map((table) => [
      tableIdentifier(table),
      table.estimatedRows === null ? 'not analysed' : `~${formatCount(table.estimatedRows)}`,
      formatBytes(table.sizeBytes),
    ]);
  const text = columnsOf(
    ['TABLE', 'ROWS', 'SIZE'].map((word) => paint.faint(word)),
    shown,
    [1, 2],
  );
  const more = tables.length - shown.length;
  return more > 0 ? `${text}\n${paint.faint(`and ${more} more tables`)}` : text;
}

export function connections(count: number): string {
  return `${count} ${count === 1 ? 'connection' : 'connections'}`;
}
