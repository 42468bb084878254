import { describe, expect, it } from 'vitest';
import { describeProgress, progressLine } from '../../../src/ui/line/progress.ts';

describe('progress', () => {
  it('on a terminal has the rate, the rows and the time left, marked as an estimate', () => {
    const progress = { phase: 'Dumping', bytes: 123_000_000, rows: 12_345 };
    const pace = { rate: 98_400_000, share: 0.629, secondsLeft: 3.2 };
    expect(describeProgress(progress, pace)).toBe(
      'Dumping  ~62 %  123 MB  98.4 MB/s  12 345 rows  ~3 s left',
    );
    expect(describeProgress({ phase: 'Swapping' })).toBe('Swapping');
  });

  it('says how many indexes are built, and no fractions of a second that nobody knows', () => {
    const progress = { phase: 'Building indexes', parts: { done: 3, of: 8 } };
    const pace = { rate: 0, share: 0.5, secondsLeft: 0.2 };
    expect(describeProgress(progress, pace)).toBe('Building indexes  ~50 %  3 of 8  ~1 s left');
    expect(describeProgress(progress, { ...pace, secondsLeft: 9.8 })).toContain('~10 s left');
    expect(describeProgress(progress, { ...pace, secondsLeft: 83 })).toContain('~1 min 23 s left');
  });

  it('leaves out what tells least where the line is short', () => {
    const progress = { phase: 'Dumping', bytes: 123_000_000, rows: 12_345 };
    const pace = { rate: 98_400_000, share: 0.62, secondsLeft: 3 };
    const at = (columns: number) => describeProgress(progress, pace, columns);
    expect(at(57)).toBe('Dumping  ~62 %  123 MB  98.4 MB/s  12 345 rows  ~3 s left');
    expect(at(56)).toBe('Dumping  ~62 %  123 MB  98.4 MB/s  ~3 s left');
    expect(at(40)).toBe('Dumping  ~62 %  123 MB  ~3 s left');
    expect(at(30)).toBe('Dumping  ~62 %  ~3 s left');
    expect(at(5)).toBe('Dumping  ~62 %  ~3 s left');
  });

  it('elsewhere is one line for each phase', () => {
    const lines: string[] = [];
    const line = progressLine(false, (text) => lines.push(text));
    for (const phase of ['Dumping', 'Dumping', 'Checking', 'Dumping']) line.show({ phase });
    line.stop();
    expect(lines).toEqual(['Dumping …', 'Checking …', 'Dumping …']);
  });
});
