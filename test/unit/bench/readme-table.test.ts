import { describe, expect, it } from 'vitest';
import { readmeTable } from '../../../bench/figures/readme-table.ts';
import type { Result } from '../../../bench/figures/result.ts';
import { measured, result, sample } from './results.ts';

const lineOf = (results: readonly Result[], beginning: string): string | undefined =>
  readmeTable(results)
    .split('\n')
    .find((line) => line.startsWith(`| ${beginning}`));

const cellsOf = (results: readonly Result[], beginning: string): string[] | undefined =>
  lineOf(results, beginning)
    ?.split(/(?<!\\)\|/)
    .slice(2, -1)
    .map((cell) => cell.trim());

describe("the README's table of what was measured", () => {
  it('has no lines but its head as long as there are no results', () => {
    const lines = readmeTable([]).split('\n');
    expect(lines.filter((line) => line.startsWith('|'))).toHaveLength(2);
    expect(lines.at(-1)).toBe('Nothing was measured yet.');
  });

  it('shows each size in its own column', () => {
    const at = (megabytes: number, ours: number) =>
      result({ megabytes, contenders: [measured('plain', ours), measured('plainByHand', 10)] });
    expect(cellsOf([at(600, 6), at(2000, 7), at(100, 5)], 'backup to plain')).toEqual([
      '≤ 0.70',
      '0.50',
      '0.60',
      '0.70',
    ]);
  });

  it('shows postgres:15 in lines of its own', () => {
    const old = result({ server: 15, contenders: [measured('plain', 6), measured('plainByHand', 10)] });
    expect(cellsOf([old], 'postgres:15: backup to plain')).toEqual(['≤ 0.70', '', '0.60', '']);
    expect(lineOf([old], 'backup to plain')).toBeUndefined();
  });

  it('leaves sizes out that nobody asked for', () => {
    const odd = result({ megabytes: 30, contenders: [measured('plain', 6), measured('plainByHand', 10)] });
    expect(readmeTable([odd])).toBe(readmeTable([]));
  });

  it('tells growth by the format that grows most, for each megabyte of the database', () => {
    const at = (megabytes: number, plain: number, zstd: number) =>
      result({
        megabytes,
        facts: { ...result().facts, databaseBytes: megabytes * 1e6 },
        contenders: [measured('plain', plain), measured('zstd', zstd)],
      });
    const growth = 'backup time for a megabyte';
    expect(cellsOf([at(100, 1, 1), at(2000, 15, 19)], growth)?.at(-1)).toBe('0.95');
    expect(cellsOf([at(100, 1, 1), at(2000, 15, 24)], growth)?.at(-1)).toBe('1.20, missed by 20 %');
    expect(lineOf([at(100, 1, 1)], growth)).toBeUndefined();
  });

  it('tells whether memory stays flat', () => {
    const at = (megabytes: number, peakMegabytes: number) =>
      result({
        megabytes,
        contenders: [{ id: 'restore', samples: [sample(1, { peakMegabytes })], leftOut: null }],
      });
    const flat = 'peak memory, 2 GB against';
    expect(cellsOf([at(100, 100), at(2000, 120)], flat)?.at(-1)).toBe('1.20');
    expect(cellsOf([at(100, 100), at(2000, 150)], flat)?.at(-1)).toBe('1.50, missed by 25 %');
  });

  it('keeps a pipe inside its cell', () => {
    const zstd = result({ contenders: [measured('zstd', 1), measured('gzipByHand', 4)] });
    expect(lineOf([zstd], 'backup to `.sql.gz`')).toContain('pg_dump \\| gzip > file');
  });
});
