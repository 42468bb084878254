import { describe, expect, it } from 'vitest';
import { sectionReport } from '../../../bench/figures/section-report.ts';
import { measured, result, sample } from './results.ts';

const menu = {
  firstFrame: [{ command: 'make clear-db', ms: [300, 400] }],
  keyMs: [10],
  backupMs: [4000],
  lostMs: [900],
  backMs: [1100],
};

describe('the report of one size', () => {
  it('puts what was reached beside what was asked, by medians', () => {
    const contenders = [measured('plain', 6, 9, 6), measured('plainByHand', 10, 10, 50)];
    expect(sectionReport(result({ contenders }))).toContain('| ≤ 0.70 | 0.60 | 6.00 s against 10.00 s |');
  });

  it('says by how much a figure misses what was asked', () => {
    const contenders = [measured('status', 0.5), measured('leastStatus', 0.1)];
    expect(sectionReport(result({ contenders }))).toContain('| ≤ 4.00 | 5.00, missed by 25 % |');
  });

  it('rounds no figure down to what was asked', () => {
    const contenders = [measured('plain', 0.704), measured('plainByHand', 1)];
    expect(sectionReport(result({ contenders }))).toContain('| 0.70, missed by less than 1 % |');
  });

  it('takes the better of gzip and zstd, and either alone', () => {
    const byHand = measured('gzipByHand', 10);
    const both = [measured('gzip', 4), measured('zstd', 3), byHand];
    expect(sectionReport(result({ contenders: both }))).toContain('| ≤ 0.35 | 0.30 |');
    const refused = { id: 'zstd', samples: [], leftOut: 'the tool refuses it (Unknown option)' } as const;
    const one = sectionReport(
      result({ contenders: [measured('gzip', 4), { ...refused, samples: [] }, byHand] }),
    );
    expect(one).toContain('| ≤ 0.35 | 0.40, missed by 14 % |');
    expect(one).toContain('- `backup --format zstd` is left out: the tool refuses it (Unknown option)');
  });

  it('has no figure for what was left out', () => {
    const left = { id: 'directory', samples: [], leftOut: 'the tool refuses it (Unknown option)' } as const;
    const contenders = [{ ...left, samples: [] }, measured('directoryFloor', 1)];
    const text = sectionReport(result({ contenders }));
    expect(text).toContain('| ≤ 1.50 | not measured |');
    expect(text).not.toContain('| `backup --format directory --jobs 2` |');
  });

  it('judges the block by its median and the gap of the clients by its worst', () => {
    const text = sectionReport(result({ swaps: { blockedMs: [10, 20, 900], gapMs: [90, 100, 600] } }));
    expect(text).toContain('| ≤ 0.10 s | 0.020 s | worst of 3: 0.900 s |');
    expect(text).toContain('| ≤ 0.50 s | 0.60 s, missed by 20 % | median of 3 swaps: 0.100 s |');
  });

  it('names the command of ours that took the most memory, and nothing that is not ours', () => {
    const taking = (id: 'plain' | 'restore' | 'plainByHand', peakMegabytes: number) => ({
      id,
      samples: [sample(1, { peakMegabytes })],
      leftOut: null,
    });
    const contenders = [taking('plain', 120), taking('restore', 140), taking('plainByHand', 400)];
    expect(sectionReport(result({ contenders }))).toContain('| ≤ 150 MB | 140 MB | restore latest');
  });

  it('leaves blank what the machine could not tell, and says why', () => {
    const text = sectionReport(result({ contenders: [measured('plain', 1, 3)] }));
    expect(text).toContain('| `backup (plain .sql)` | 2 | 2.00 | 3.00 |  |  |  |  |');
    expect(text).toContain('no GNU time');
    expect(text).not.toContain('NaN');
  });

  it('tells of the menu where it was measured', () => {
    expect(sectionReport(result({ menu }))).toContain('| `make clear-db` | 2 | 350 | 400 |');
    expect(sectionReport(result())).not.toContain('menu');
  });
});
