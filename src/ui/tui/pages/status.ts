import { formatBytes, formatCount } from '../../../core/format.ts';
import { tableIdentifier } from '../../../core/identifiers.ts';
import type { TargetStatus } from '../../../core/ports/database-facts.ts';
import { proofWords } from '../../line/backups.ts';
import { connections } from '../../line/status.ts';
import { type Line, labelled, labelledText, line, span, toWidth, widthOf } from '../line.ts';
import type { MenuState } from '../state.ts';
import { ageSince } from './age.ts';

/** Everything about the database and its backups. */
export function statusLines(state: MenuState): Line[] {
  const { look } = state;
  if (look === null) return [line('Looking …', 'faint')];
  const { target, unreachable, backups } = look;
  const newest = backups.newest?.manifest;
  const stock =
    newest === undefined
      ? 'none yet'
      : `${backups.count} (${formatBytes(backups.totalBytes)}), the newest ${ageSince(newest.timestamp, state.now)}, ${proofWords[newest.verification.level]}`;
  return [
    labelled(
      'Database',
      span(look.database, 'strong'),
      span(look.container === null ? '' : ` in ${look.container}`),
    ),
    ...(target === null ? [] : targetLines(target, state)),
    ...(unreachable === null
      ? []
      : [
          ...labelledText('State', unreachable.message, state.columns, 'bad'),
          ...labelledText('', unreachable.hint ?? '', state.columns),
        ]),
    labelled(
      'Backups',
      span(stock),
      span(backups.others > 0 ? `, ${backups.others} of other databases` : ''),
      span(backups.unverifiable > 0 ? `, ${backups.unverifiable} unverifiable` : '', 'warn'),
    ),
    labelled('Folder', span(backups.folder)),
    ...(backups.freeBytes === null
      ? []
      : [labelled('Disk', span(`${formatBytes(backups.freeBytes)} free for backups`))]),
    ...(target === null ? [] : tableLines(target, state.columns)),
  ];
}

function targetLines(target: TargetStatus, { now }: MenuState): Line[] {
  const { undoPoint } = target;
  const undo =
    undoPoint === null
      ? 'nothing to undo'
      : `the ${undoPoint.operation}, ${ageSince(undoPoint.at, now)} (${formatBytes(undoPoint.sizeBytes)})`;
  return [
    labelled(
      'State',
      span(target.state, 'good'),
      span(target.image === null ? '' : ` (${target.image})`),
      span(`, PostgreSQL ${target.serverVersion}`),
    ),
    labelled(
      'Size',
      span(
        target.exists
          ? `${formatBytes(target.sizeBytes)}, ${connections(target.sessions)}`
          : 'does not exist',
        target.exists ? 'plain' : 'bad',
      ),
    ),
    labelled('Undo', span(undo)),
  ];
}

function tableLines({ tables }: TargetStatus, columns: number): Line[] {
  if (tables.length === 0) return [];
  const room = Math.min(48, columns - 27); // rows and size are what is looked for
  const longest = tables.reduce((most, table) => Math.max(most, widthOf(tableIdentifier(table))), 0);
  const width = Math.max(12, Math.min(room, longest));
  const largest = tables.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  return [
    [],
    line(
      `${toWidth('TABLE', width)}  ${toWidth('ROWS', 14, 'right')}  ${toWidth('SIZE', 9, 'right')}`,
      'faint',
    ),
    ...largest.map((table) => {
      const rows = table.estimatedRows === null ? 'not analysed' : `~${formatCount(table.estimatedRows)}`;
      return line(
        `${toWidth(tableIdentifier(table), width)}  ${toWidth(rows, 14, 'right')}  ${toWidth(formatBytes(table.sizeBytes), 9, 'right')}`,
      );
    }),
  ];
}
