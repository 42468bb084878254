import type { Ora } from 'ora';
import { formatBytes, formatCount, formatDuration } from '../../core/format.ts';
import { type Progress, paceMeter } from '../../core/progress.ts';

export interface ProgressLine {
  show(progress: Progress): void;
  stop(): void;
}

const drawEveryMs = 100;

/** One line that is drawn over and over on a terminal; elsewhere a line for each phase. */
export function progressLine(interactive: boolean, write: (line: string) => void): ProgressLine {
  return interactive ? spinner() : phaseLines(write);
}

function phaseLines(write: (line: string) => void): ProgressLine {
  let phase = '';
  return {
    show: (progress) => {
      if (progress.phase === phase) return;
      phase = progress.phase;
      write(`${phase} …`);
    },
    stop: () => {},
  };
}

function spinner(): ProgressLine {
  let phase = '';
  let drawnAt = Number.NEGATIVE_INFINITY;
  let meter = paceMeter();
  let text = '';
  let active = false;
  // discardStdin would put the terminal into raw mode, where Ctrl-C is no signal any more.
  let line: Ora | undefined;
  void import('ora').then(({ default: ora }) => {
    line = ora({ stream: process.stderr, discardStdin: false });
    draw();
  });
  // At once, not in a later turn: a result or a question is printed right after the line is taken away.
  const draw = (): void => {
    if (line === undefined) return;
    if (!active) line.stop();
    else if (line.isSpinning) line.text = text;
    else line.start(text);
  };
  return {
    show: (progress) => {
      const now = performance.now();
      if (progress.phase !== phase) meter = paceMeter();
      else if (now - drawnAt < drawEveryMs) return;
      phase = progress.phase;
      drawnAt = now;
      active = true;
      text = describeProgress(progress, meter(now, progress.bytes ?? 0, progress.expectedBytes));
      draw();
    },
    stop: () => {
      active = false;
      phase = '';
      draw();
    },
  };
}

/** `Dumping  123 MB  98 MB/s  12 345 rows  ~3 s left`. */
export function describeProgress(
  progress: Progress,
  pace: { rate: number; secondsLeft: number | undefined },
): string {
  const parts = [progress.phase];
  if (progress.bytes !== undefined) parts.push(formatBytes(progress.bytes));
  if (pace.rate > 0) parts.push(`${formatBytes(pace.rate)}/s`);
  if (progress.rows !== undefined) parts.push(`${formatCount(progress.rows)} rows`);
  if (pace.secondsLeft !== undefined) parts.push(`~${formatDuration(pace.secondsLeft * 1000)} left`);
  return parts.join('  ');
}
