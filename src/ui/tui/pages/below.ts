import { formatDuration } from '../../../core/format.ts';
import { type Line, line, wrapped } from '../line.ts';
import type { Job, MenuState, Question, ResultLine } from '../state.ts';
import { firstLine } from './page.ts';
import { askedLines } from './question.ts';

/**
 * What is asked, or what was said; never more than `limit` lines. The result of the last job stays, on one line,
 * until the next one begins.
 */
export function belowLines(state: MenuState, limit: number): Line[] {
  const { job, question, notice, results, columns } = state;
  if (question !== null) {
    const { about, answer, rows, room } = aboutOf(state, question, limit);
    if (question.ask !== 'name') return [...cut(about, room), ...answer];
    const from = firstLine(question.scroll, about.length, rows);
    const told = room > rows ? [line(elsewhere(from, about.length - from - rows), 'warn')] : [];
    return [...about.slice(from, from + rows), ...told, ...answer];
  }
  if (job?.quick) return [line(quickWords(job, state.now), 'faint')];
  if (notice !== null) return cut(noticeLines(notice, columns), limit);
  const last = job === null ? results.at(-1) : undefined;
  return [last === undefined ? line('') : line(`${marks[last.kind]}${last.text}`, last.kind)];
}

/** A question in its room: the answer is kept, and where not all it is about fits, a line tells how much more there is. */
export function aboutOf(state: MenuState, question: Question, limit: number) {
  const asked = askedLines(state, question);
  const answer = asked.answer.slice(0, limit);
  const room = limit - answer.length;
  const rows = asked.about.length > room && room > 1 ? room - 1 : room;
  return { about: asked.about, answer, room, rows };
}

function elsewhere(above: number, below: number): string {
  const lines = (count: number): string => `${count} more ${count === 1 ? 'line' : 'lines'}`;
  if (below === 0) return `  ${lines(above)} above, PgUp`;
  if (above === 0) return `  ${lines(below)} below, PgDn`;
  return `  ${lines(below)} below, PgDn; ${above} above, PgUp`;
}

function quickWords({ title, startedAt, cancelling }: Job, now: number): string {
  if (cancelling) return `${title}: cancelling …`;
  return now - startedAt < 1000 ? `${title} …` : `${title} … ${formatDuration(now - startedAt)}, Esc cancels`;
}

const marks = { good: '✓ ', bad: '✗ ', plain: '' } as const;

function noticeLines({ kind, text, notes }: ResultLine, columns: number): Line[] {
  return [
    ...wrapped(`${marks[kind]}${text}`, kind, columns),
    ...notes.flatMap((note) => wrapped(note, 'faint', columns, '  ')),
  ];
}

function cut(lines: Line[], limit: number): Line[] {
  if (lines.length <= limit || limit <= 1) return lines.slice(0, limit);
  return [...lines.slice(0, limit - 1), line(`  and ${lines.length - limit + 1} lines more`, 'faint')];
}
