import { describe, expect, it } from 'vitest';
import { parseFileName, partial, removing } from '../../../src/store/names.ts';

const id = 'kubegram_backup_20260208_202847';

describe('the name of a file in the backup folder', () => {
  it.each([
    [`${id}.sql`, 'data', 'published'],
    [`${id}.sql.gz`, 'data', 'published'],
    [`${id}.sql.zst`, 'data', 'published'],
    [`${id}.dump`, 'data', 'published'],
    [`${id}.dump.gpg`, 'data', 'published'],
    [`${id}.sql.gz.age`, 'data', 'published'],
    [`${id}.tar.gz`, 'data', 'published'],
    [`${id}.json`, 'metadata', 'published'],
    [`${id}_tables.txt`, 'tables', 'published'],
    [partial(`${id}.sql`), 'data', 'partial'],
    [partial(`${id}_tables.txt`), 'tables', 'partial'],
    [removing(`${id}.json`), 'metadata', 'removing'],
  ])('%s is of a set', (name, role, stage) => {
    expect(parseFileName(name)).toEqual({ name, id, role, stage });
  });

  it.each([
    'README.md',
    id,
    `${id}.txt`,
    `${id}.SQL`,
    `${id}.sql.bak`,
    `.${id}.sql`,
    `${id}.sql.partial`,
    `.${id}.partial`,
    '.partial',
    '.json',
    `../${id}.sql`,
    `-${id}.sql`,
    `a b_backup_20260208_202847.sql`,
    `a\n_backup_20260208_202847.sql`,
    'x_backup_2026_202847.sql',
    '',
  ])('%j is of none', (name) => {
    expect(parseFileName(name)).toBeUndefined();
  });
});
