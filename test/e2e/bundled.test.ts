import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyProject, type ProjectCopy } from '../support/cli.ts';

describe('the packages that set-up made one file of each', () => {
  let clone: ProjectCopy;
  // No container of this name is there: a command that starts at all ends with 3.
  const look = () => clone.tool(['status'], { DB_CONTAINER: 'kubegram-no-such-container' });

  beforeAll(async () => {
    clone = await copyProject();
  });

  afterAll(() => clone?.[Symbol.asyncDispose]());

  /** Anew beside it, then in its place: the copy shares its files with this clone. */
  async function replace(file: string, text: string): Promise<void> {
    const path = join(clone.folder, 'node_modules', file);
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }

  test('are what a command loads, until npm installs others', async () => {
    await replace('.cache/bundled/execa.js', "export const execa = null; throw new Error('one file');");
    expect((await look()).stderr).toContain('one file');
    await replace('.package-lock.json', '{}');
    expect(await look()).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('no-such-container') });
  });
});
