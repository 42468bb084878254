import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/core/errors.ts';
import { folderStore } from '../../../src/store/folder-store.ts';
import { lockFile, ownerFile, takeLock } from '../../../src/store/lock.ts';
import { childScript } from '../../support/store-child.ts';
import { makeFifo, readOnly } from '../../support/store-folders.ts';
import { fakeClock, laySet, newFolder, removeFolders } from '../../support/store-sets.ts';

afterAll(removeFolders);

const now = new Date('2026-02-08T21:00:00Z');
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A process that holds the lock of a folder until it is ended. */
async function holder(folder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [childScript, folder, 'hold'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  cleanUps.push(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('the lock of a folder', () => {
  it('is refused to a second process, which is told who has it', async () => {
    const folder = await newFolder();
    const child = await holder(folder);
    const refused = folderStore(folder, fakeClock()).lock('backup');
    await expect(refused).rejects.toBeInstanceOf(OperationError);
    await expect(refused).rejects.toMatchObject({
      code: 'busy',
      exitCode: 5,
      message: `clear (process ${child.pid}) is at work in ${folder} since 2026-02-08T21:00:00.250Z.`,
    });
  });

  it('goes at once to the next when its owner was killed, who is named', async () => {
    const folder = await newFolder();
    const child = await holder(folder);
    await kill(child);
    await using lock = await folderStore(folder, fakeClock()).lock('backup');
    expect(lock.repairs).toEqual([`clear (process ${child.pid}) ended without giving its lock back.`]);
  });

  it('is free, whatever its note says of a process that lives and took the number of the dead one', async () => {
    const folder = await newFolder();
    const child = await holder(folder);
    const note = await readFile(join(folder, ownerFile), 'utf8');
    await kill(child);
    const { pid } = process;
    expect(note).toContain(String(child.pid));
    await writeFile(join(folder, ownerFile), note.replaceAll(String(child.pid), String(pid)));
    await using lock = await folderStore(folder, fakeClock()).lock('backup');
    expect(lock.repairs).toEqual([`clear (process ${pid}) ended without giving its lock back.`]);
  });

  it('is reported as left behind only once', async () => {
    const folder = await newFolder();
    await kill(await holder(folder));
    const store = folderStore(folder, fakeClock());
    await (await store.lock('backup'))[Symbol.asyncDispose]();
    await using lock = await store.lock('backup');
    expect(lock.repairs).toEqual([]);
  });

  it('is refused to the same process too, and stays held against others after that', async () => {
    const folder = await newFolder();
    const held = takeLock(folder, 'restore', now);
    cleanUps.push(held.release);
    expect(() => takeLock(folder, 'backup', now)).toThrow(`restore (process ${process.pid}) is at work`);
    const child = spawn(process.execPath, [childScript, folder, 'hold'], { stdio: ['pipe', 'pipe', 'pipe'] });
    cleanUps.push(() => child.kill('SIGKILL'));
    const [text] = await once(child.stderr.setEncoding('utf8'), 'data');
    expect(text).toContain(`restore (process ${process.pid}) is at work`);
  });

  it('can be given back twice and taken again', async () => {
    const folder = await newFolder();
    const lock = takeLock(folder, 'backup', now);
    lock.release();
    lock.release();
    const next = takeLock(folder, 'backup', now);
    expect(next.deadOwner).toBeUndefined();
    next.release();
    expect((await stat(join(folder, lockFile))).size).toBe(0);
    expect(await readFile(join(folder, ownerFile), 'utf8')).toBe('');
  });

  it('that is given back twice takes nothing from who has it by then', async () => {
    const folder = await newFolder();
    const lock = takeLock(folder, 'backup', now);
    lock.release();
    const next = takeLock(folder, 'restore', now);
    cleanUps.push(next.release);
    lock.release();
    expect(() => takeLock(folder, 'clear', now)).toThrow(`restore (process ${process.pid}) is at work`);
  });

  it('is not to be had where there is no folder', async () => {
    const folder = join(await newFolder(), 'none');
    expect(() => takeLock(folder, 'backup', now)).toThrow(
      expect.objectContaining({
        code: 'store-failed',
        message: expect.stringContaining(`Taking the lock failed in ${folder}: ENOENT`),
      }),
    );
  });

  it('is given back where the folder cannot be put in order', async () => {
    const folder = await newFolder();
    const store = folderStore(folder, fakeClock());
    const set = await laySet(folder, 1);
    await writeFile(join(folder, `.${set.id}.json.removing`), '');
    await mkdir(join(folder, 'unused'));
    const { files } = await import('../../support/store-files.ts').then(({ failingFiles }) =>
      failingFiles(2, 'EIO', false),
    );
    await expect(folderStore(folder, fakeClock(), files).lock('backup')).rejects.toMatchObject({
      code: 'store-failed',
    });
    await using lock = await store.lock('backup');
    expect(lock.repairs).toHaveLength(1);
  });

  it.each([
    ['nothing', ''],
    ['half a document', '{"pid":1,'],
    ['null', 'null'],
    ['a number', '1'],
    ['other keys', '{"process":1}'],
    ['wrong types', '{"pid":"1","operation":{"toString":1},"since":2}'],
    ['no time', '{"pid":1,"operation":"backup"}'],
    ['no operation', '{"pid":1,"since":"now"}'],
    ['a pid that is none', '{"pid":"1","operation":"backup","since":"now"}'],
  ])('does not depend on the note about its owner, which may hold %s', async (_what, text) => {
    const folder = await newFolder();
    await writeFile(join(folder, ownerFile), text);
    const held = takeLock(folder, 'backup', now);
    cleanUps.push(held.release);
    expect(held.deadOwner).toBeUndefined();
    await writeFile(join(folder, ownerFile), text);
    expect(() => takeLock(folder, 'clear', now)).toThrow(`Another operation is at work in ${folder}.`);
  });

  it('neither follows nor waits for what lies in the place of that note', async () => {
    const folder = await newFolder();
    const outside = join(await newFolder(), 'precious');
    await writeFile(outside, 'precious');
    await symlink(outside, join(folder, ownerFile));
    takeLock(folder, 'backup', now).release();
    expect(await readFile(outside, 'utf8')).toBe('precious');

    const another = await newFolder();
    makeFifo(join(another, ownerFile));
    takeLock(another, 'backup', now).release();
    const third = await newFolder();
    await mkdir(join(third, ownerFile));
    takeLock(third, 'backup', now).release();
  });

  it('says what is wrong where its file is a folder or no database', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, lockFile));
    expect(() => takeLock(folder, 'backup', now)).toThrow(
      expect.objectContaining({ code: 'store-failed', message: expect.stringContaining('cannot be locked') }),
    );
    const another = await newFolder();
    await writeFile(join(another, lockFile), 'not a database'.repeat(100));
    expect(() => takeLock(another, 'backup', now)).toThrow(expect.objectContaining({ code: 'store-failed' }));
    const third = await newFolder();
    makeFifo(join(third, lockFile));
    expect(() => takeLock(third, 'backup', now)).toThrow(expect.objectContaining({ code: 'store-failed' }));
  });

  it('says that the folder cannot be written where it is read-only, locked before or not', async () => {
    const folder = await newFolder();
    cleanUps.push(await readOnly(folder, () => {}));
    expect(() => takeLock(folder, 'backup', now)).toThrow(
      expect.objectContaining({
        code: 'store-failed',
        message: expect.stringContaining('cannot be written'),
      }),
    );
    const another = await newFolder();
    cleanUps.push(await readOnly(another, () => takeLock(another, 'backup', now).release()));
    expect(() => takeLock(another, 'backup', now)).toThrow(
      expect.objectContaining({
        code: 'store-failed',
        message: expect.stringContaining('cannot be written'),
      }),
    );
  });

  it('is needed by nobody who only reads: a read-only folder is listed', async () => {
    const folder = await newFolder();
    cleanUps.push(await readOnly(folder, () => laySet(folder, 1)));
    expect(await folderStore(folder, fakeClock()).list()).toMatchObject([{ state: 'complete' }]);
  });
});
