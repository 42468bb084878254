import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backupId, isBackupId, setFileNames } from '../../../src/core/backup-id.ts';

const at = new Date('2026-02-08T20:28:47.999Z');

describe('the id of a backup', () => {
  it.each([
    ['kubegram', 'kubegram'],
    ['My-App.v2_x', 'My-App.v2_x'],
    ['a/b', 'a%2Fb'],
    ['a\\b', 'a%5Cb'],
    ['a\nb', 'a%0Ab'],
    ['100%', '100%25'],
    ['é', '%C3%A9'],
    ['-rf', '%2Drf'],
    ['.hidden', '%2Ehidden'],
    ['..', '%2E.'],
    ['.', '%2E'],
    ['~', '%7E'],
    ['$(id)', '%24%28id%29'],
    ['a b*?', 'a%20b%2A%3F'],
    ['x_backup_20260208_202847', 'x_backup_20260208_202847'],
  ])('of the database %j is safe in a path, a shell and a glob', (database, safe) => {
    const id = backupId(database, at);
    expect(id).toBe(`${safe}_backup_20260208_202847`);
    expect(isBackupId(id)).toBe(true);
  });

  it('fits into a file name with the longest name that Postgres has', () => {
    const database = `${'🐘'.repeat(15)}éa`;
    expect(Buffer.byteLength(database)).toBe(63);
    const id = backupId(database, at);
    expect(isBackupId(id)).toBe(true);
    expect(`.${setFileNames(id, '').tables}.partial`.length).toBeLessThan(255);
    expect(`.${setFileNames(backupId('/'.repeat(63), at), '.sql.gz').tables}.removing`.length).toBeLessThan(
      255,
    );
  });

  it('is made for any name, is accepted, and differs where the names differ', () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 63 })
      .filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(name, name, (one, other) => {
        const id = backupId(one, at);
        expect(isBackupId(id)).toBe(true);
        expect(id).toMatch(/^[A-Za-z0-9_%][A-Za-z0-9_.%-]*$/);
        expect(id === backupId(other, at)).toBe(one === other);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['2028-02-29T23:59:59Z', '20280229_235959'],
    ['2038-01-19T03:14:08Z', '20380119_031408'],
    ['2026-12-31T23:30:00-02:00', '20270101_013000'],
  ])('has the time %s in UTC', (time, digits) => {
    expect(backupId('a', new Date(time))).toBe(`a_backup_${digits}`);
  });

  it.each([
    '',
    'kubegram',
    '_backup_20260208_202847',
    'kubegram_backup_20260208_20284',
    'kubegram_backup_20260208_2028471',
    'kubegram_backup_20260208_202847\n',
    'kubegram_backup_20260208_202847.sql',
    '../x_backup_20260208_202847',
    '/x_backup_20260208_202847',
    'a/x_backup_20260208_202847',
    'a\\x_backup_20260208_202847',
    '-x_backup_20260208_202847',
    '.x_backup_20260208_202847',
    '.._backup_20260208_202847',
    'a\0_backup_20260208_202847',
    'a\n_backup_20260208_202847',
    'a b_backup_20260208_202847',
    'é_backup_20260208_202847',
    'a_backup_２０２６0208_202847',
  ])('is not %j', (text) => {
    expect(isBackupId(text)).toBe(false);
  });
});

describe('the files of a set', () => {
  it('have the id for their stem', () => {
    expect(setFileNames('x', '.sql.gz')).toEqual({
      data: 'x.sql.gz',
      tables: 'x_tables.txt',
      metadata: 'x.json',
    });
  });
});
