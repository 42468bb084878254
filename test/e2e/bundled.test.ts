import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { currentBundle } from '../../scripts/bundled.js';
import { copyProject, type ProjectCopy } from '../support/cli.ts';
import { openMenu } from '../support/menu.ts';

/** Set-up has made it, where nothing was changed since. */
const here = currentBundle();

describe('the program that set-up made few files of', () => {
  let clone: ProjectCopy;
  // No container of this name is there: a command that starts at all ends with 3.
  const nowhere = { DB_CONTAINER: 'kubegram-no-such-container' };
  const look = () => clone.tool(['status'], nowhere);
  const fromSources = expect.objectContaining({
    exitCode: 3,
    stdout: expect.stringContaining('no-such-container'),
  });
  const fromBundle = expect.objectContaining({ exitCode: 9, stdout: 'a bundle in \n' });

  beforeAll(async () => {
    clone = await copyProject();
  });

  afterAll(() => clone?.[Symbol.asyncDispose]());

  /** The bundle that the copy would run now. */
  async function current(): Promise<{ folder: string; made: boolean }> {
    const code = `import { currentBundle } from './scripts/bundled.js'; console.log(JSON.stringify(currentBundle()))`;
    const { stdout } = await clone.run([process.execPath, '--input-type=module', '-e', code]);
    return JSON.parse(stdout);
  }

  async function makeBundle(main: string): Promise<void> {
    const { folder } = await current();
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'main.mjs'), main);
  }

  test('was made, and goes along where the project is copied', async () => {
    if (process.env['CI'] === 'true') expect(here.made).toBe(true);
    const { folder, made } = await current();
    expect({ folder, made }).toEqual({
      folder: here.folder.replace(process.cwd(), clone.folder),
      made: here.made,
    });
  });

  test('leads a stack trace into the sources', async () => {
    const { exitCode, stderr } = await clone.tool(['backup'], { ...nowhere, KUBEGRAM_DEBUG: '1' });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/\/src\/app\/commands\/backup\.ts:\d/);
  });

  describe('is what a command runs', () => {
    beforeEach(async () => {
      const main = `export const main = async (argv, project) => { console.log('a bundle in ' + project.replace(process.cwd(), '')); return 9; };`;
      await makeBundle(main);
      expect(await look()).toEqual(fromBundle);
    });

    test('until a source changes, the menu too', async () => {
      const source = join(clone.folder, 'src/core/errors.ts');
      const { atime, mtime } = await stat(source);
      await utimes(source, atime, new Date(mtime.getTime() - 5000));
      expect(await look()).toEqual(fromSources);
      await using menu = await openMenu({ project: clone, env: nowhere });
      await menu.waitFor('There is no container named kubegram-no-such-container');
    });

    test('until npm installs other packages', async () => {
      // Anew beside it, then in its place: the copy shares its files with this clone.
      const list = join(clone.folder, 'node_modules/.package-lock.json');
      await writeFile(`${list}.new`, '{}');
      await rename(`${list}.new`, list);
      expect(await look()).toEqual(fromSources);
    });

    test('where it is whole', async () => {
      await makeBundle("import './lost.mjs'; export const main = async () => 9;");
      expect(await look()).toEqual(fromSources);
    });
  });
});
