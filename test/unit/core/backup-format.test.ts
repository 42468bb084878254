import { describe, expect, it } from 'vitest';
import {
  archiveIn,
  backupFormats,
  dataEndings,
  fits,
  formatNames,
  formatOf,
  formatsInWords,
  packingOf,
  plainFormats,
} from '../../../src/core/backup-format.ts';
import { inWords } from '../../../src/core/format.ts';

const id = 'kubegram_backup_20260208_202847';

describe('the formats of a backup', () => {
  it('are named in a sentence as they are in the table', () => {
    expect(formatsInWords).toBe('plain, gzip, zstd, custom or directory');
    expect(inWords(plainFormats)).toBe('plain, gzip or zstd');
  });

  it.each(formatNames)('%s is known by the ending of its file', (name) => {
    const { ending, packing, metadata } = backupFormats[name];
    expect(formatOf(id + ending)).toBe(name);
    expect(packingOf(id + ending)).toBe(packing);
    expect(archiveIn(id + ending)).toBe(metadata.format === 'plain' ? null : metadata.format);
    expect(fits(id + ending, metadata)).toBe(true);
    expect(fits(id + ending, { ...metadata, compressed: !metadata.compressed })).toBe(false);
  });

  it('have endings of which none is the end of another', () => {
    for (const one of dataEndings) expect(dataEndings.filter((other) => other.endsWith(one))).toEqual([one]);
  });

  it.each(['.dmp', '.tar.gz', '.sql.gz.age', '.zst', '.sql.bz2'])('do not have the ending %s', (ending) => {
    expect(formatOf(id + ending)).toBeUndefined();
    expect(packingOf(id + ending)).toBeNull();
    expect(archiveIn(id + ending)).toBeNull();
    expect(fits(id + ending, { format: 'plain', compressed: true })).toBe(false);
  });
});
