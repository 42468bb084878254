import { formatDuration } from '../../../core/format.ts';
import { progressFacts, shareInWords } from '../../progress-facts.ts';
import { type Line, line, span, toWidth } from '../line.ts';
import type { Job } from '../state.ts';
import { Lines } from './lines.tsx';

/** What runs: its phase with a bar, and what it has done so far. */
export function JobPanel({
  job,
  now,
  columns,
  rows,
}: {
  job: Job;
  now: number;
  columns: number;
  rows: number;
}) {
  const room = rows - 3;
  const done = job.done.slice(Math.max(0, job.done.length - room));
  const lines = [
    title(job, now),
    phase(job, columns),
    ...done.map(({ phase: name, ms }) => line(`  ✓ ${name} ${formatDuration(ms)}`, 'faint')),
  ];
  const rule = line('─'.repeat(columns), 'faint');
  return <Lines lines={[...lines, rule]} columns={columns} rows={rows} />;
}

function title(job: Job, now: number): Line {
  const hint = job.cancelling ? 'Cancelling … Ctrl-C once more ends at once' : 'Ctrl-C cancels';
  return [
    span(job.title, 'strong'),
    span(`  ${formatDuration(Math.max(0, now - job.startedAt))}  `),
    span(hint, job.cancelling ? 'warn' : 'faint'),
  ];
}

/** The whole is an estimate, and says so. */
function phase({ progress, pace }: Job, columns: number): Line {
  const { share } = pace;
  const width = Math.min(24, Math.floor(columns / 5));
  const done = share === undefined ? '' : ` ${shareInWords(share)}`;
  const taken = progress.phase.length + 5 + (share === undefined ? 0 : width + done.length);
  return [
    span(`  ${toWidth(progress.phase, Math.min(progress.phase.length, columns))} `),
    ...(share === undefined ? [] : [span(bar(share, width), 'good'), span(done)]),
    span(`  ${progressFacts(progress, pace, columns - taken)}`),
  ];
}

function bar(share: number, width: number): string {
  const full = Math.round(share * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}
