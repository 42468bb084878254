import { formatBytes, formatCount, formatDuration } from '../../../core/format.ts';
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

function phase({ progress, pace }: Job, columns: number): Line {
  const facts: string[] = [];
  if (progress.bytes !== undefined) facts.push(formatBytes(progress.bytes));
  if (progress.rows !== undefined) facts.push(`${formatCount(progress.rows)} rows`);
  if (pace.rate > 0) facts.push(`${formatBytes(pace.rate)}/s`);
  if (pace.secondsLeft !== undefined) facts.push(`~${formatDuration(pace.secondsLeft * 1000)} left`);
  const share = shareOf(progress);
  return [
    span(`  ${toWidth(progress.phase, Math.min(progress.phase.length, columns))} `),
    ...(share === null
      ? []
      : [
          span(bar(share, Math.min(24, Math.floor(columns / 5))), 'good'),
          span(` ~${Math.floor(share * 100)} %`),
        ]),
    span(`  ${facts.join('  ')}`),
  ];
}

/** The whole is an estimate: what has grown beyond it says nothing any more. */
function shareOf({ bytes, expectedBytes }: Job['progress']): number | null {
  if (bytes === undefined || expectedBytes === undefined || bytes > expectedBytes) return null;
  return Math.min(0.99, bytes / Math.max(1, expectedBytes));
}

function bar(share: number, width: number): string {
  const full = Math.round(share * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}
