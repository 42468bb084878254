import { flat, growthOfMemory, growthOfTime } from './growth.ts';
import { median } from './median.ts';
import type { MenuFigures, Result } from './result.ts';
import type { Figure, Row } from './row.ts';
import { rows } from './rows.ts';
import { askedText, reachedText } from './verdict.ts';

const sizes = [100, 600, 2000];

/** The README's table, from the results that are there. */
export function readmeTable(results: readonly Result[]): string {
  const at = (server: number, megabytes: number): Result | undefined =>
    results.find((result) => result.server === server && result.megabytes === megabytes);
  const [small, middle, large] = sizes.map((megabytes) => at(17, megabytes));
  const old = at(15, 600);
  const lines = [
    ...rows.map((row) => line(row, [small, middle, large])),
    growthLine('backup time for a megabyte, 2 GB against 100 MB', 1, growthOfTime, small, large),
    growthLine('peak memory, 2 GB against 100 MB', flat, growthOfMemory, small, large),
    ...rows
      .filter(({ everyServer }) => everyServer)
      .map((row) => line({ ...row, what: `postgres:15: ${row.what}` }, [undefined, old, undefined])),
  ].filter((one) => one !== null);
  return [
    '| what, against what | asked | 100 MB | 600 MB | 2 GB |',
    '|---|---|---|---|---|',
    ...lines,
    '',
    origin(middle ?? large ?? small),
  ].join('\n');
}

/** Null where nothing of it was measured. */
function line(row: Row, columns: readonly (Result | undefined)[]): string | null {
  const against = row.against === '' ? '' : `, against \`${row.against.replaceAll('|', '\\|')}\``;
  const cells = columns.map((result) => cell(row, result));
  if (cells.every((text) => text === '')) return null;
  return `| ${row.what}${against} | ${askedText(row)} | ${cells.join(' | ')} |`;
}

function cell(row: Row, result: Result | undefined): string {
  const figure = result === undefined ? null : row.figure(result);
  return figure === null ? '' : reachedText(row, figure);
}

function growthLine(
  what: string,
  most: number,
  growth: (small: Result, large: Result) => Figure | null,
  small: Result | undefined,
  large: Result | undefined,
): string | null {
  const row = { most, unit: 'ratio' } as const;
  const figure = small === undefined || large === undefined ? null : growth(small, large);
  return figure === null ? null : `| ${what} | ${askedText(row)} | | | ${reachedText(row, figure)} |`;
}

function origin(result: Result | undefined): string {
  if (result === undefined) return 'Nothing was measured yet.';
  const { facts, rounds, menu } = result;
  const line = `Medians of ${rounds} runs in turn, postgres:17; ratios are of wall time. What is asked is asked at 600 MB. ${facts.date}, ${facts.machine}; all figures: [bench/results](bench/results).`;
  return menu === null ? line : `${line}\n${menuLine(menu)}`;
}

function menuLine({ firstFrame, keyMs, lostMs, backMs }: MenuFigures): string {
  const frame = Math.max(...firstFrame.map(({ ms }) => median(ms)));
  const [key, lost, back] = [median(keyMs), median(lostMs), median(backMs)];
  const whole = (ms: number): string => `${ms.toFixed(0)} ms`;
  return `The menu is there after ${whole(frame)} and answers a key within ${whole(key)} while a backup runs; a container that is lost shows after ${whole(lost)}, its return after ${whole(back)}.`;
}
