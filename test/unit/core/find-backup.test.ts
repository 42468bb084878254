import { describe, expect, it } from 'vitest';
import { findBackup } from '../../../src/core/find-backup.ts';
import type { BackupSet } from '../../../src/core/ports/store.ts';
import { completeSet, idOf } from '../../support/store-sets.ts';

const strange: BackupSet = {
  state: 'unverifiable',
  id: idOf(9),
  dataFile: null,
  sizeBytes: 0,
  because: 'it is cut',
};
const foreign: BackupSet = {
  state: 'unverifiable',
  id: idOf(8),
  dataFile: `${idOf(8)}.dump`,
  sizeBytes: 0,
  because: 'it is cut',
};
const safety = completeSet(5, { reason: 'before-restore' });
const test = completeSet(4, { database: 'kubegram_test' });
const newest = completeSet(3);
const older = completeSet(2);
const sets: BackupSet[] = [strange, foreign, safety, test, newest, older];

describe('a backup that somebody names', () => {
  it.each([
    ['its id', newest.id, newest],
    ['its data file', `${older.id}.sql`, older],
    ['its metadata', `${older.id}.json`, older],
    ['its table list', `${older.id}_tables.txt`, older],
    ['the beginning of an id that only one has', 'kubegram_test', test],
    ['the id of one that cannot be verified', strange.id, strange],
    ['the file of one that cannot be verified', `${idOf(8)}.dump`, foreign],
  ])('is found by %s', (_what, named, set) => {
    expect(findBackup(sets, named)).toBe(set);
  });

  it('is the one of that very id, though another id begins with it', () => {
    const shorter = { ...strange, id: 'a_backup_20260208_202847' };
    const longer = { ...strange, id: 'a_backup_20260208_202847_backup_20260208_202847' };
    expect(findBackup([longer, shorter], shorter.id)).toBe(shorter);
  });

  it('is not guessed at where the beginning fits several', () => {
    expect(() => findBackup(sets, 'kubegram_backup_2026')).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: '"kubegram_backup_2026" fits 5 backups.',
        hint: `Say more of the id, for example ${strange.id}`,
      }),
    );
  });

  it.each([
    '',
    'other',
    `${newest.id}.sql.gz`,
    `../${newest.id}`,
    `./${newest.id}.sql`,
    `${newest.id}\0`,
    `${newest.id}\n`,
    '-',
    '*',
    'LATEST',
  ])('is not found by %j', (named) => {
    expect(() => findBackup(sets, named)).toThrow(
      expect.objectContaining({
        code: 'backup-missing',
        exitCode: 4,
        message: `There is no backup named ${JSON.stringify(named)}.`,
        hint: 'See which there are: npm run backup:list',
      }),
    );
  });
});

describe('the latest backup', () => {
  const whole = [safety, test, newest, older];
  const unverified = (id: string, hint: unknown) =>
    expect.objectContaining({
      code: 'backup-unverified',
      exitCode: 4,
      message: `The latest backup, ${id}, cannot be verified: it is cut.`,
      hint,
    });

  it('is the newest that somebody meant to make', () => {
    expect(findBackup(whole, 'latest')).toBe(test);
    expect(findBackup(whole, 'latest', 'kubegram')).toBe(newest);
    expect(findBackup(whole, 'latest', 'kubegram_test')).toBe(test);
  });

  it('is a safety copy where there is no other', () => {
    expect(findBackup([safety], 'latest', 'kubegram')).toBe(safety);
  });

  it('is no older one where the newest cannot be verified', () => {
    const other = expect.stringMatching(`^Name the one that you mean, for example ${newest.id};`);
    expect(() => findBackup(sets, 'latest', 'kubegram')).toThrow(unverified(strange.id, other));
    expect(() => findBackup([strange], 'latest')).toThrow(
      unverified(strange.id, expect.stringContaining('npm run backup')),
    );
    const equal = { ...strange, id: newest.id };
    expect(findBackup([equal, newest], 'latest')).toBe(newest);
  });

  it('is told by the sequence where the metadata can be read, whatever the clock was', () => {
    const known = (nth: number, changes: object) => {
      const { sequence, reason } = completeSet(nth, changes).manifest;
      return { ...strange, id: idOf(nth), known: { sequence, reason } };
    };
    const later = known(1, { sequence: 99 });
    expect(() => findBackup([newest, later], 'latest', 'kubegram')).toThrow(
      unverified(later.id, expect.any(String)),
    );
    expect(findBackup([known(9, { sequence: 1 }), newest], 'latest')).toBe(newest);
    expect(findBackup([known(9, { sequence: 99, reason: 'before-restore' }), newest], 'latest')).toBe(newest);
  });

  it('is the newest of those that cannot be verified where they are told', () => {
    const other = { ...strange, id: idOf(8) };
    const third = { ...strange, id: idOf(7) };
    expect(() => findBackup([other, strange, third, newest], 'latest')).toThrow(
      unverified(strange.id, expect.any(String)),
    );
  });

  it('is not hidden by one of another database where none is named', () => {
    const elsewhere = { ...strange, id: idOf(9).replace('kubegram', 'other') };
    expect(findBackup([elsewhere, newest], 'latest')).toBe(newest);
  });

  it('is not hidden by an older one, or one of another database, that cannot be verified', () => {
    const before = { ...strange, id: idOf(1) };
    expect(findBackup([...whole, before], 'latest', 'kubegram')).toBe(newest);
    expect(findBackup([strange, ...whole], 'latest', 'kubegram_test')).toBe(test);
  });

  it('is missing where there is none of that database, or none at all', () => {
    const missing = { code: 'backup-missing', hint: 'Make one: npm run backup' };
    expect(() => findBackup(sets, 'latest', 'kube')).toThrow(
      expect.objectContaining({ ...missing, message: 'There is no backup of kube yet.' }),
    );
    expect(() => findBackup([], 'latest')).toThrow(
      expect.objectContaining({ ...missing, message: 'There is no backup yet.' }),
    );
  });
});
