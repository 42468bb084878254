import type { Line } from '../line.ts';
import type { MenuState } from '../state.ts';
import { detailLines } from './details.ts';
import { helpLines } from './help.ts';
import { statusLines } from './status.ts';

/** The lines of the long page that is shown; lists are not pages. */
export function pageOf(state: MenuState): Line[] {
  if (state.place === 'status') return statusLines(state);
  if (state.place === 'details') return detailLines(state, state.columns);
  return state.place === 'help' ? helpLines(state) : [];
}

/** The first line of a page that is shown: a page that has become shorter is never scrolled past its end. */
export function firstLine(scroll: number, lines: number, rows: number): number {
  return Math.max(0, Math.min(scroll, lines - rows));
}
