import type { Ora } from 'ora';
import { noPace, type Pace, type PaceMeter, paceMeter } from '../../core/pace.ts';
import type { Progress } from '../../core/progress.ts';
import { progressFacts, shareInWords } from '../progress-facts.ts';

export interface ProgressLine {
  show(progress: Progress): void;
  stop(): void;
}

const drawEveryMs = 100;
/** The time left goes by where nothing is told, too. */
const tickEveryMs = 250;
/** What the spinner takes of the line, and the last column: a line that fills it breaks on some terminals. */
const spinnerColumns = 3;

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
  let shown: { progress: Progress; meter: PaceMeter; clock: NodeJS.Timeout } | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;
  // discardStdin would put the terminal into raw mode, where Ctrl-C is no signal any more.
  let line: Ora | undefined;
  void import('ora').then(
    ({ default: ora }) => {
      line = ora({ stream: process.stderr, discardStdin: false });
      draw();
    },
    () => {}, // where it cannot be loaded, nobody sees how far the operation is; it goes on
  );
  // At once, not in a later turn: a result or a question is printed right after the line is taken away.
  const draw = (): void => {
    drawnAt = performance.now();
    if (line === undefined) return;
    if (shown === undefined) {
      line.stop();
      return;
    }
    const columns = (process.stderr.columns || 80) - spinnerColumns;
    const text = describeProgress(shown.progress, shown.meter.look(drawnAt), columns);
    if (line.isSpinning) line.text = text;
    else line.start(text);
  };
  return {
    show: (progress) => {
      const now = performance.now();
      const another = progress.phase !== shown?.progress.phase;
      shown = {
        meter: shown?.meter ?? paceMeter(),
        clock: shown?.clock ?? setInterval(draw, tickEveryMs).unref(),
        progress,
      };
      shown.meter.tell(now, progress);
      if (another || now - drawnAt >= drawEveryMs) draw();
    },
    stop: () => {
      clearInterval(shown?.clock);
      shown = undefined;
      draw();
    },
  };
}

/** `Dumping  ~62 %  123 MB  98 MB/s  12 345 rows  ~3 s left`, as much of it as there is room for. */
export function describeProgress(progress: Progress, pace: Pace = noPace, columns = 80): string {
  const parts = [progress.phase];
  if (pace.share !== undefined) parts.push(shareInWords(pace.share));
  const facts = progressFacts(progress, pace, columns - parts.join('  ').length - 2);
  return [...parts, ...(facts === '' ? [] : [facts])].join('  ');
}
