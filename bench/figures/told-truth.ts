import { median } from './median.ts';

/** What a person was shown during one operation. */
export interface Looks {
  shown: { atMs: number; share: number | null; secondsLeft: number | null }[];
  tookMs: number;
}

/** How far the time left that was shown was from the true one, from the half of the operation on. */
export interface Truth {
  seconds: number;
  /** As a share of the true one: 0.25 is a quarter too much or too little. */
  median: number;
  worst: number;
  /** The share of the looks that were right within a quarter. */
  right: number;
  /** Whether the share of the work that was shown ever shrank. */
  shrank: boolean;
}

/** Seconds by which an estimate may be wrong and still counts as right: what is shown has no fractions. */
const unseen = 0.5;

/** Where nothing was shown that is wrong altogether. */
export function truthOf({ shown, tookMs }: Looks): Truth {
  const errors = shown
    .filter(({ atMs }) => atMs >= tookMs / 2)
    .map(({ atMs, secondsLeft }) => {
      const left = (tookMs - atMs) / 1000;
      if (secondsLeft === null) return 1;
      const wrong = Math.abs(secondsLeft - left);
      return wrong <= unseen ? 0 : wrong / left;
    });
  const shares = shown.flatMap(({ share }) => share ?? []);
  return {
    seconds: tookMs / 1000,
    median: median(errors),
    worst: Math.max(...errors),
    right: errors.filter((error) => error <= 0.25).length / errors.length,
    shrank: shares.some((share, n) => share < (shares[n - 1] ?? 0)),
  };
}
