import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteCodeOf, takeFileLock } from '../../../src/process/file-lock.ts';
import { newFolder, removeFolders } from '../../support/store-sets.ts';

afterAll(removeFolders);

const source = resolve(import.meta.dirname, '../../../src/process/file-lock.ts');
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

let path: string;
beforeEach(async () => {
  path = join(await newFolder(), 'lock');
});

/** A process that takes the lock and holds it for so long, or until it is killed; or says that it did not get it. */
async function other(holdMs = 60_000): Promise<{ said: string; child: ChildProcess }> {
  const script = `
    import { takeFileLock } from ${JSON.stringify(source)};
    const lock = takeFileLock(${JSON.stringify(path)});
    console.log(lock === null ? 'refused' : 'held');
    if (lock !== null) setTimeout(() => lock.release(), ${holdMs});`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [said] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { said: String(said).trim(), child };
}

describe('the lock of a file', () => {
  it('is held against another process until it is given back', async () => {
    const lock = takeFileLock(path);
    expect((await other()).said).toBe('refused');
    lock?.release();
    expect((await other()).said).toBe('held');
    expect(takeFileLock(path)).toBeNull();
  });

  it('is waited for where its owner gives it back at once', async () => {
    await other(50);
    const lock = takeFileLock(path);
    expect(lock).not.toBeNull();
    lock?.release();
  });

  it('goes with a process that is killed', async () => {
    const { child } = await other();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lock = takeFileLock(path);
    expect(lock).not.toBeNull();
    lock?.release();
  });

  it('keeps nothing of its file open where it is refused', async () => {
    const lock = takeFileLock(path);
    const open = (): number =>
      readdirSync('/proc/self/fd').filter((fd) => {
        const link = join('/proc/self/fd', fd);
        return existsSync(link) && readlinkSync(link) === path;
      }).length;
    expect(open()).toBe(1);
    expect(takeFileLock(path)).toBeNull();
    lock?.release(); // as long as it is held SQLite closes no descriptor of its file: that would give it back
    expect(open()).toBe(0);
  });

  it('is given back twice with no harm to who has it next', async () => {
    const first = takeFileLock(path);
    first?.release();
    const next = takeFileLock(path);
    first?.release();
    expect((await other()).said).toBe('refused');
    next?.release();
  });

  it('makes its file for the owner alone whatever the umask, and leaves it empty', async () => {
    const umask = process.umask(0);
    try {
      takeFileLock(path)?.release();
    } finally {
      process.umask(umask);
    }
    const { mode, size } = await stat(path);
    expect([mode & 0o777, size]).toEqual([0o600, 0]);
  });

  it('takes a file that is there as it is', async () => {
    await writeFile(path, '');
    await chmod(path, 0o640);
    takeFileLock(path)?.release();
    expect((await stat(path)).mode & 0o777).toBe(0o640);
  });

  it.each<[string, () => Promise<unknown>, number]>([
    ['a folder', () => mkdir(path), 14],
    ['something that is no database', () => writeFile(path, 'no database '.repeat(100)), 26],
  ])('is not taken of %s, and the reason is thrown', async (_what, make, code) => {
    await make();
    let thrown: unknown;
    try {
      takeFileLock(path);
    } catch (error) {
      thrown = error;
    }
    expect(sqliteCodeOf(thrown)).toBe(code);
  });

  it('is not taken in a folder that is not there', () => {
    expect(() => takeFileLock(join(path, 'deeper'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('makes nothing behind a link that leads nowhere', async () => {
    await symlink(join(await newFolder(), 'elsewhere'), path);
    expect(() => takeFileLock(path)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('can be taken again at once, many times, by the same process', async () => {
    for (let time = 0; time < 50; time++) {
      const lock = takeFileLock(path);
      expect(lock).not.toBeNull();
      lock?.release();
    }
    expect(await readFile(path, 'utf8')).toBe('');
  });
});

describe('the code of an SQLite error', () => {
  it.each([
    ['a file system error', Object.assign(new Error('no'), { code: 'EACCES' })],
    ['no error at all', 'a text'],
    ['nothing', null],
  ])('is 0 for %s', (_what, thrown) => {
    expect(sqliteCodeOf(thrown)).toBe(0);
  });

  it('is the primary one of an extended one', () => {
    expect(sqliteCodeOf(Object.assign(new Error('busy snapshot'), { errcode: 517 }))).toBe(5);
  });
});
