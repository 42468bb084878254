import { describe, expect, it } from 'vitest';
import { sectionReport } from '../../../bench/figures/section-report.ts';
import { truthOf } from '../../../bench/figures/told-truth.ts';
import { result } from './results.ts';

const look = (second: number, secondsLeft: number | null, share: number | null = null) => ({
  atMs: second * 1000,
  share,
  secondsLeft,
});

describe('how true the time left was', () => {
  it('counts from the half on, as a share of what was really left', () => {
    const shown = [look(1, 100), look(4, 100), look(6, 6), look(8, 2), look(9, 1.4)];
    expect(truthOf({ shown, tookMs: 10_000 })).toEqual({
      seconds: 10,
      median: 0,
      worst: 0.5,
      right: 2 / 3,
      shrank: false,
    });
  });

  it('is as wrong as can be where nothing was shown', () => {
    expect(truthOf({ shown: [look(6, null)], tookMs: 10_000 })).toMatchObject({ median: 1, right: 0 });
  });

  it('sees a share that went backwards', () => {
    const shares = (...all: (number | null)[]) => ({
      shown: all.map((one) => look(6, 4, one)),
      tookMs: 10_000,
    });
    expect(truthOf(shares(null, 0.1, null, 0.1, 0.5)).shrank).toBe(false);
    expect(truthOf(shares(0.1, 0.5, 0.4)).shrank).toBe(true);
  });

  it('stands in the report, where it was measured', () => {
    const run = { seconds: 20.04, median: 0.05, worst: 0.3, right: 0.95, shrank: false };
    const text = sectionReport(
      result({ progress: [{ what: 'restore (plain)', runs: [run, { ...run, worst: 0.4 }] }] }),
    );
    expect(text).toContain('| restore (plain) | 2 | 20.0 | 5 % | 40 % | 95 % | no |');
    expect(sectionReport(result())).not.toContain('time left');
  });
});
