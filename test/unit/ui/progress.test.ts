import { describe, expect, it } from 'vitest';
import { describeProgress, progressLine } from '../../../src/ui/line/progress.ts';

describe('progress', () => {
  it('on a terminal has the rate, the rows and the time left, marked as an estimate', () => {
    const progress = { phase: 'Dumping', bytes: 123_000_000, rows: 12_345 };
    expect(describeProgress(progress, { rate: 98_400_000, secondsLeft: 3 })).toBe(
      'Dumping  123 MB  98.4 MB/s  12 345 rows  ~3.0 s left',
    );
    expect(describeProgress({ phase: 'Swapping' }, { rate: 0, secondsLeft: undefined })).toBe('Swapping');
  });

  it('elsewhere is one line for each phase', () => {
    const lines: string[] = [];
    const line = progressLine(false, (text) => lines.push(text));
    for (const phase of ['Dumping', 'Dumping', 'Checking', 'Dumping']) line.show({ phase });
    line.stop();
    expect(lines).toEqual(['Dumping …', 'Checking …', 'Dumping …']);
  });
});
