import { Box } from 'ink';
import { formatBytes, formatCount } from '../../../core/format.ts';
import type { BackupSet } from '../../../core/ports/store.ts';
import { proofWords } from '../../line/backups.ts';
import { type Layout, windowOf } from '../layout.ts';
import { endOf, type Line, line, span, toWidth, widthOf } from '../line.ts';
import { ageSince } from '../pages/age.ts';
import { detailLines } from '../pages/details.ts';
import type { MenuState } from '../state.ts';
import { chosenBackup, visibleBackups } from '../visible-backups.ts';
import { Lines, OneLine } from './lines.tsx';

/** The backups, a line each; where there is room with the details of the chosen one. */
export function BackupList({ state, layout }: { state: MenuState; layout: Layout }) {
  const { main, columns, details } = layout;
  if (details === null) return <List state={state} layout={layout} />;
  const pane = (
    <Lines lines={detailLines(state, details.columns)} columns={details.columns} rows={details.rows} />
  );
  if (details.where === 'beside') {
    return (
      <Box width={columns} height={main} columnGap={2}>
        <List state={state} layout={layout} />
        {pane}
      </Box>
    );
  }
  return (
    <Box width={columns} height={main} flexDirection="column">
      <List state={state} layout={layout} />
      <OneLine line={line('─'.repeat(columns), 'faint')} columns={columns} />
      {pane}
    </Box>
  );
}

function List({ state, layout }: { state: MenuState; layout: Layout }) {
  const { listColumns, listRows, main } = layout;
  const shown = visibleBackups(state);
  const chosen = chosenBackup(state);
  const at = shown.findIndex((set) => set.id === chosen?.id);
  const { from, to } = windowOf(shown.length, at, listRows);
  const columns = columnsFor(shown, listColumns);
  const height = Math.min(main, listRows + 1);
  return (
    <Box flexDirection="column" width={listColumns} height={height} flexShrink={0} overflow="hidden">
      {main > 1 && <OneLine line={head(state, placeOf(at, shown.length), columns)} columns={listColumns} />}
      {shown.length === 0 && <OneLine line={line(emptyWords(state), 'faint')} columns={listColumns} />}
      {shown.slice(from, to).map((set) => (
        <OneLine
          key={set.id}
          line={row(set, state.now, columns, set === chosen)}
          columns={listColumns}
          inverse={set === chosen}
        />
      ))}
    </Box>
  );
}

function emptyWords({ sets, filter, listTrouble }: MenuState): string {
  if (listTrouble !== null) return `The backups cannot be read: ${listTrouble}`;
  if (sets === null) return 'Reading the backups …';
  return filter === ''
    ? 'There are no backups yet. Press b to make one.'
    : 'No backup has this text. Esc takes the filter out.';
}

interface Columns {
  id: number;
  age: number;
  size: number;
  rows: number;
  reason: number;
  proof: number;
}

/** What does not fit is left out; before that the id is told by its date and time. */
function columnsFor(sets: readonly BackupSet[], width: number): Columns {
  const full = { age: 9, size: 8, rows: 10, reason: 14, proof: 14 };
  const longest = Math.max(shortId, ...sets.map(({ id }) => widthOf(id)));
  const short = sameDatabase(sets) ? shortId : longest;
  const left = (columns: Omit<Columns, 'id'>): number =>
    width - 2 - Object.values(columns).reduce((sum, cells) => sum + (cells === 0 ? 0 : cells + 1), 0);
  if (left(full) >= longest) return { ...full, id: longest };
  const choices = [
    full,
    { ...full, reason: 0 },
    { ...full, reason: 0, size: 0 },
    { ...full, reason: 0, size: 0, rows: 0 },
    { ...full, reason: 0, size: 0, rows: 0, age: 0 },
  ];
  const narrow = { age: 0, size: 0, rows: 0, reason: 0, proof: 0 };
  const fitting = choices.find((columns) => left(columns) >= short) ?? narrow;
  return { ...fitting, id: Math.max(8, Math.min(short, left(fitting))) };
}

/** The date and the time, as they end an id: `20260208_202847`. */
const shortId = 15;

/** Where all are of one database, their names need not be told apart. */
function sameDatabase(sets: readonly BackupSet[]): boolean {
  const [first, ...others] = sets.map(({ id }) => id.slice(0, -shortId));
  return others.every((name) => name === first);
}

function idCell(id: string, width: number): string {
  return toWidth(widthOf(id) <= width ? id : id.slice(-Math.max(shortId, width)), width);
}

/** The line that is chosen, of how many. */
function placeOf(at: number, count: number): string {
  return count === 0 ? '' : ` ${at + 1}/${count}`;
}

function head(state: MenuState, place: string, columns: Columns): Line {
  const { sort } = state;
  const arrow = (key: string, label: string): string => (key === sort ? `${label}↓` : label);
  const cells = [
    toWidth(listed(state, place, columns.id), columns.id),
    cell(arrow('age', 'AGE'), columns.age),
    cell(arrow('size', 'SIZE'), columns.size, 'right'),
    cell(arrow('rows', 'ROWS'), columns.rows, 'right'),
    cell('REASON', columns.reason),
    cell('PROOF', columns.proof),
  ];
  return [span(`  ${cells.filter((text) => text !== '').join(' ')}`, 'faint')];
}

/** What is listed, and where one is in it: the filter, where there is one, with the end of what is typed in sight. */
function listed({ filter, filtering, choosing }: MenuState, place: string, width: number): string {
  const word = choosing ? 'RESTORE WHICH?' : 'BACKUP';
  const short = choosing ? 'RESTORE' : '';
  const fitting = (...wordings: string[]): string | undefined =>
    wordings.find((words) => widthOf(words) <= width);
  if (filter === '' && !filtering) return fitting(`${word}${place}`, `${short}${place}`.trim()) ?? word;
  const end = `${filtering ? '▏' : ''}${place === '' ? ' none' : place}`;
  return fitting(`${word}  /${filter}${end}`) ?? `/${endOf(filter, width - 1 - widthOf(end))}${end}`;
}

function row(set: BackupSet, now: number, columns: Columns, chosen: boolean): Line {
  const pin = set.state === 'complete' && set.manifest.pinned ? '*' : ' ';
  const mark = `${chosen ? '❯' : ' '}${pin}`;
  if (set.state === 'unverifiable') {
    return [span(`${mark}${idCell(set.id, columns.id)} `), span(`unverifiable: ${set.because}`, 'warn')];
  }
  const { timestamp, size_bytes, total_records, reason, verification, note } = set.manifest;
  const cells = [
    idCell(set.id, columns.id),
    cell(ageSince(timestamp, now).replace(/ ago$/, ''), columns.age),
    cell(formatBytes(size_bytes), columns.size, 'right'),
    cell(formatCount(total_records), columns.rows, 'right'),
    cell(reason, columns.reason),
  ];
  const proof = cell(proofWords[verification.level], columns.proof);
  return [
    span(`${mark}${cells.filter((text) => text !== '').join(' ')} `),
    span(proof, verification.level === 'written' ? 'warn' : 'good'),
    span(note === '' ? '' : ` ${note}`, 'faint'),
  ];
}

function cell(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  return width === 0 ? '' : toWidth(text, width, align);
}
