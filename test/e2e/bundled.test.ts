import { rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleIsFresh } from '../../scripts/bundled.js';
import { copyProject, type ProjectCopy } from '../support/cli.ts';

describe('the program that set-up made few files of', () => {
  let clone: ProjectCopy;
  // No container of this name is there: a command that starts at all ends with 3.
  const look = (env = {}) => clone.tool(['status'], { DB_CONTAINER: 'kubegram-no-such-container', ...env });
  const bundled = expect.objectContaining({ stderr: expect.stringContaining('of the bundle') });
  const fromSources = expect.objectContaining({
    exitCode: 3,
    stdout: expect.stringContaining('no-such-container'),
  });
  /** Anew beside it, then in its place: the copy shares its files with this clone. */
  async function replace(path: string, text: string): Promise<void> {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }

  const inClone = (code: string) =>
    clone.run([
      process.execPath,
      '--input-type=module',
      '-e',
      `import * as bundled from './scripts/bundled.js'; ${code}`,
    ]);
  const stamp = () => inClone('bundled.stampBundle(bundled.ingredients())');

  beforeAll(async () => {
    clone = await copyProject();
  });

  afterAll(() => clone?.[Symbol.asyncDispose]());

  test('goes along where the project is copied', async () => {
    const { stdout } = await inClone('console.log(bundled.bundleIsFresh())');
    expect(stdout).toBe(`${bundleIsFresh()}\n`); // of this clone: true, once it is set up
  });

  test('is what a command runs, until a source changes', async () => {
    await replace(join(clone.folder, 'node_modules/.bundled/main.mjs'), "throw new Error('of the bundle');");
    await replace(join(clone.folder, 'node_modules/.bundled/made-of'), '');
    expect(await look()).toEqual(fromSources); // it was made of something else
    await stamp();
    expect(await look()).toEqual(bundled);

    const source = join(clone.folder, 'src/core/errors.ts');
    const { atime, mtime } = await stat(source);
    await utimes(source, atime, new Date(mtime.getTime() + 5000));
    expect(await look()).toEqual(fromSources);
  });

  test('is what a command runs, until npm installs other packages', async () => {
    await stamp();
    expect(await look()).toEqual(bundled);
    await replace(join(clone.folder, 'node_modules/.package-lock.json'), '{}');
    expect(await look()).toEqual(fromSources);
  });

  test('is left alone where a stack trace is to lead into the sources', async () => {
    await stamp();
    expect(await look()).toEqual(bundled);
    expect(await look({ KUBEGRAM_DEBUG: '1' })).toEqual(fromSources);
  });
});
