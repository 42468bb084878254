import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { currentBundle } from '../../scripts/bundled.js';
import { copyProject, type ProjectCopy } from '../support/cli.ts';
import { openMenu } from '../support/menu.ts';

describe('the program that set-up made few files of', () => {
  let clone: ProjectCopy;
  // No container of this name is there: a command that starts at all ends with 3.
  const nowhere = { DB_CONTAINER: 'kubegram-no-such-container' };
  const look = () => clone.tool(['status'], nowhere);
  const fromSources = expect.objectContaining({
    exitCode: 3,
    stdout: expect.stringContaining('no-such-container'),
  });
  const fromBundle = expect.objectContaining({ exitCode: 9, stdout: expect.stringMatching(/^a bundle in /) });

  beforeAll(async () => {
    // Set-up has made it, where nothing was changed since: a source that was, is to be two seconds old.
    if (!currentBundle()?.made && process.env['CI'] !== 'true') {
      await sleep(2000);
      await execa(process.execPath, ['scripts/bundle.js']);
    }
    clone = await copyProject();
  });

  afterAll(() => clone?.[Symbol.asyncDispose]());

  /** The bundle that the copy would run now. */
  async function current(): Promise<{ folder: string; made: boolean }> {
    const code = `import { currentBundle } from './scripts/bundled.js'; console.log(JSON.stringify(currentBundle()))`;
    const { stdout } = await clone.run([process.execPath, '--input-type=module', '-e', code]);
    return JSON.parse(stdout);
  }

  /** Puts a program in its place; gives its folder. */
  async function makeBundle(main: string): Promise<string> {
    const { folder } = await current();
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'main.mjs'), main);
    return folder;
  }

  test('was made, and goes along where the project is copied', async () => {
    const here = currentBundle();
    expect(here?.made).toBe(true);
    const { folder, made } = await current();
    expect({ folder, made }).toEqual({
      folder: here?.folder.replace(process.cwd(), clone.folder),
      made: true,
    });
  });

  test('is whole, and leads a stack trace into the sources', async () => {
    const { folder } = await current();
    const { main } = await import(pathToFileURL(join(folder, 'main.mjs')).href);
    expect(main).toBeTypeOf('function');
    const { exitCode, stderr } = await clone.tool(['backup'], { ...nowhere, KUBEGRAM_DEBUG: '1' });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/\(\/.*\/src\/app\/commands\/backup\.ts:\d/); // of a module itself it is file://
  });

  describe('is what a command runs', () => {
    beforeEach(async () => {
      const main =
        "export const main = async (argv, project) => { console.log('a bundle in ' + project); return 9; };";
      await makeBundle(main);
      expect(await look()).toEqual(fromBundle);
    });

    test('in the project that it was started in, though its packages are linked from another', async () => {
      const other = join(clone.folder, 'other');
      await mkdir(other);
      await clone.run(['cp', '-a', 'scripts', 'src', 'package.json', 'tsconfig.json', other]);
      await symlink('../node_modules', join(other, 'node_modules'));
      const { stdout } = await clone.run(
        [process.execPath, 'scripts/start.js', 'status'],
        {},
        { cwd: other },
      );
      await rm(other, { recursive: true });
      expect(stdout).toBe(`a bundle in ${other}\n`);
    });

    test('whatever an editor puts beside the sources', async () => {
      const lock = join(clone.folder, 'src/app/.#main.ts');
      await symlink('somebody@here.1:2', lock);
      expect(await look()).toEqual(fromBundle);
      await rm(lock);
    });

    test('until a source changes, the menu too', async () => {
      const source = join(clone.folder, 'src/core/errors.ts');
      const { atime, mtime } = await stat(source);
      await utimes(source, atime, new Date(mtime.getTime() - 5000));
      expect(await look()).toEqual(fromSources);
      await using menu = await openMenu({ project: clone, env: nowhere });
      await menu.waitFor('There is no container named kubegram-no-such-container');
    });

    test.each([
      ['a part of it is missing', "import './lost.mjs'; export const main = async () => 9;"],
      ['it is empty', ''],
    ])('but not where %s: then it goes, and set-up makes it anew', async (_, main) => {
      const folder = await makeBundle(main);
      expect(await look()).toEqual(fromSources);
      expect(existsSync(folder)).toBe(false);
    });

    test('until npm installs other packages, or keeps no list of them', async () => {
      // Anew beside it, then in its place: the copy shares its files with this clone.
      const list = join(clone.folder, 'node_modules/.package-lock.json');
      await writeFile(`${list}.new`, '{}');
      await rename(`${list}.new`, list);
      expect(await look()).toEqual(fromSources);
      await rm(list);
      expect(await look()).toEqual(fromSources);
    });
  });
});
