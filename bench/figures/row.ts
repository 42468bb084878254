import { largest, median } from './median.ts';
import type { Result, Sample } from './result.ts';
import { type ContenderId, titles } from './titles.ts';

export interface Figure {
  value: number;
  /** What the figure is made of. */
  detail: string;
}

/** A line of what the benchmark must show: a figure of ours, beside another or alone, and the most it may be. */
export interface Row {
  what: string;
  against: string;
  most: number;
  unit: 'ratio' | 's' | 'MB';
  /** Asked on servers without zstd in pg_dump too (PostgreSQL 15). */
  everyServer: boolean;
  /** Null where it was not measured. */
  figure(result: Result): Figure | null;
}

export function ratio(
  what: string,
  ours: readonly ContenderId[],
  against: ContenderId,
  most: number,
  everyServer = false,
): Row {
  const figure = (result: Result): Figure | null => {
    const beside = median(secondsOf(result, against));
    const mine = Math.min(...ours.map((id) => median(secondsOf(result, id))).filter(Number.isFinite));
    if (!Number.isFinite(beside) || !Number.isFinite(mine)) return null;
    return { value: mine / beside, detail: `${mine.toFixed(2)} s against ${beside.toFixed(2)} s` };
  };
  return { what, against: titles[against].title, most, unit: 'ratio', everyServer, figure };
}

/** The median of times in milliseconds, told in seconds. */
export function limit(what: string, most: number, times: (result: Result) => number[] | undefined): Row {
  const figure = (result: Result): Figure | null => {
    const ms = times(result) ?? [];
    if (ms.length === 0) return null;
    return {
      value: median(ms) / 1000,
      detail: `worst of ${ms.length}: ${(Math.max(...ms) / 1000).toFixed(3)} s`,
    };
  };
  return { what, against: '', most, unit: 's', everyServer: false, figure };
}

export function slowestGap(what: string, most: number): Row {
  const figure = ({ swaps }: Result): Figure | null => {
    if (swaps === null || swaps.gapMs.length === 0) return null;
    return {
      value: Math.max(...swaps.gapMs) / 1000,
      detail: `median of ${swaps.gapMs.length} swaps: ${(median(swaps.gapMs) / 1000).toFixed(3)} s`,
    };
  };
  return { what, against: '', most, unit: 's', everyServer: false, figure };
}

export function peakOfOurs(result: Result): Figure | null {
  const peaks = result.contenders
    .filter(({ id }) => titles[id].ours)
    .map(({ id, samples }) => ({ id, peak: largest(samples.map((sample) => sample.peakMegabytes)) }));
  const value = largest(peaks.map(({ peak }) => peak));
  const most = peaks.find(({ peak }) => peak === value);
  return value === null || most === undefined ? null : { value, detail: titles[most.id].title };
}

export function secondsOf(result: Result, id: ContenderId): number[] {
  return samplesOf(result, id).map(({ seconds }) => seconds);
}

function samplesOf(result: Result, id: ContenderId): readonly Sample[] {
  return result.contenders.find((measured) => measured.id === id)?.samples ?? [];
}
