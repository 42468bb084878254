import { median } from './median.ts';
import type { ProgressFigures } from './result.ts';

/** How true the time left was that a person was shown. */
export function progressText(progress: readonly ProgressFigures[]): string {
  const line = ({ what, runs }: ProgressFigures): string => {
    const cells = [
      what,
      runs.length,
      median(runs.map(({ seconds }) => seconds)).toFixed(1),
      percent(median(runs.map((run) => run.median))),
      percent(Math.max(...runs.map(({ worst }) => worst))),
      percent(median(runs.map(({ right }) => right))),
      runs.some(({ shrank }) => shrank) ? 'yes' : 'no',
    ];
    return `| ${cells.join(' | ')} |`;
  };
  return `The time left that is shown against the true one, ten times a second from the half of an operation on (half a second of
difference counts as none):

| operation | runs | median s | wrong by (median) | worst | looks within 25 % | went backwards |
|---|---|---|---|---|---|---|
${progress.map(line).join('\n')}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
