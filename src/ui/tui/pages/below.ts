import { formatDuration } from '../../../core/format.ts';
import { type Line, line, wrapped } from '../line.ts';
import type { Job, MenuState, ResultLine } from '../state.ts';
import { askedLines } from './question.ts';

/**
 * What is asked, or what was said; never more than `limit` lines. The result of the last job stays, on one line,
 * until the next one begins.
 */
export function belowLines(state: MenuState, limit: number): Line[] {
  const { job, question, notice, results, columns } = state;
  if (question !== null) {
    const { about, answer } = askedLines(state, question);
    const kept = answer.slice(0, limit);
    return [...cut(about, limit - kept.length), ...kept];
  }
  if (job?.quick) return [line(quickWords(job, state.now), 'faint')];
  if (notice !== null) return cut(noticeLines(notice, columns), limit);
  const last = job === null ? results.at(-1) : undefined;
  return [last === undefined ? line('') : line(`${marks[last.kind]}${last.text}`, last.kind)];
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
