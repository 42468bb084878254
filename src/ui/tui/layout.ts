import type { Line } from './line.ts';
import { belowLines } from './pages/below.ts';
import type { MenuState } from './state.ts';
import { visibleBackups } from './visible-backups.ts';

/** How the screen is divided, in cells; everything that is drawn or paged through goes by it. */
export interface Layout {
  columns: number;
  rows: number;
  /** Lines of the main area. */
  main: number;
  /** Lines of the running job; 0 where none is shown. */
  job: number;
  /** A question or a notice, below the main area. */
  below: readonly Line[];
  /** How many lines that may be. */
  belowLimit: number;
  /** The width of the list; less than the screen's where the details are beside it. */
  listColumns: number;
  /** Lines of the list itself, its head not counted. */
  listRows: number;
  /** The pane with the details of the chosen backup; null where there is no room for one. */
  details: { where: 'beside' | 'under'; columns: number; rows: number } | null;
}

const headerRows = 3; // two lines and a rule
const footerRows = 1;
const smallest = { columns: 20, rows: 8 };
/** What a whole list and worthwhile details need, with the gap between them; with whole ids the list needs more. */
const listWidth = 78;
const wholeListWidth = 96;
const gap = 2;
const detailsWidth = 46;
/** So many lines the list keeps where the details are under it, and so many the details need. */
const shortList = 5;
const shortDetails = 9;

export function layoutOf(state: MenuState): Layout {
  const columns = Math.max(smallest.columns, state.columns);
  const rows = Math.max(smallest.rows, state.rows);
  const room = rows - headerRows - footerRows;
  const job = jobRows(state, room);
  const belowLimit = Math.max(1, Math.min(room - job - 1, Math.ceil(room * 0.7)));
  const below = belowLines(state, belowLimit);
  const main = room - job - below.length;
  return {
    columns,
    rows,
    main,
    job,
    below,
    belowLimit,
    ...divideList(columns, main, visibleBackups(state).length),
  };
}

function divideList(
  columns: number,
  main: number,
  count: number,
): Pick<Layout, 'listColumns' | 'listRows' | 'details'> {
  const all = Math.max(1, main - 1);
  if (columns >= listWidth + gap + detailsWidth) {
    const rest = Math.max(detailsWidth, Math.min(80, columns - wholeListWidth - gap));
    return {
      listColumns: columns - gap - rest,
      listRows: all,
      details: { where: 'beside', columns: rest, rows: main },
    };
  }
  if (all < shortList + shortDetails + 1) return { listColumns: columns, listRows: all, details: null };
  const listRows = Math.max(shortList, Math.min(count, Math.floor(all * 0.4)));
  const rows = all - listRows - 1; // a rule between them
  return { listColumns: columns, listRows, details: { where: 'under', columns, rows } };
}

/** Where room is very short, what is asked comes before what runs. */
function jobRows({ job, question }: MenuState, room: number): number {
  if (job === null || job.quick || (question !== null && room < 8)) return 0;
  return Math.min(room >= 16 ? 7 : 3, room - 2);
}

/** Which part of a list is shown, so that the chosen line is in sight. */
export function windowOf(count: number, chosen: number, rows: number): { from: number; to: number } {
  const from = Math.max(0, Math.min(chosen - Math.floor(rows / 2), count - rows));
  return { from, to: Math.min(count, from + rows) };
}
