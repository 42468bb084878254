import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'rolldown';
import { expect, it } from 'vitest';
import { builtins } from '../../../scripts/builtins.js';

/** Bundles modules as set-up does, runs the result, and gives its code and what it exports as `seen`. */
async function bundled(main: string, required = ''): Promise<{ code: string; seen: unknown }> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'kubegram-builtins-'));
  await writeFile(join(folder.path, 'main.mjs'), main);
  await writeFile(join(folder.path, 'required.cjs'), required);
  const file = join(folder.path, 'out.mjs');
  const { output } = await build({
    input: join(folder.path, 'main.mjs'),
    platform: 'node',
    plugins: [builtins],
    output: { file },
    logLevel: 'silent',
  });
  const { seen } = await import(pathToFileURL(file).href);
  return { code: output[0].code, seen };
}

it('of a module of Node that is imported only what is used is taken, under each of its names', async () => {
  const { code, seen } = await bundled(
    `import { readFileSync, existsSync as exists } from 'node:fs';
     import path, { join } from 'path';
     import * as os from 'node:os';
     import { DatabaseSync } from 'node:sqlite';
     export const seen = [readFileSync.name, exists('/'), path.join === join, os.EOL, typeof DatabaseSync];`,
  );
  expect(seen).toEqual(['readFileSync', true, true, '\n', 'function']);
  expect(code).not.toMatch(/from *["'](node:)?(fs|path|os|sqlite)/);
  expect(code).not.toContain('ReadStream');
});

it('what is required is the module itself, and what is imported late comes from Node', async () => {
  const { code, seen } = await bundled(
    `import taken from './required.cjs';
     const fs = await import('node:fs');
     export const seen = [taken, fs.readFileSync.name];`,
    `const EventEmitter = require('events'); class Mine extends EventEmitter {}
     module.exports = [new Mine() instanceof require('node:events').EventEmitter, typeof require('fs').promises];`,
  );
  expect(seen).toEqual([[true, 'object'], 'readFileSync']);
  expect(code).toMatch(/import\(["'`]node:fs/);
});

it('a function of node:crypto loads it when it is called; classes and constants are what they are', async () => {
  const { code, seen } = await bundled(
    `import { constants, createHash, Hash, KeyObject } from 'node:crypto';
     const hash = createHash('sha256');
     export const seen = [hash.update('a').digest('hex').slice(0, 8), hash instanceof Hash, typeof KeyObject.from,
       constants.RSA_PKCS1_PADDING];`,
  );
  expect(seen).toEqual(['ca978112', true, 'function', 1]);
  expect(code).toMatch(/later\(["'`]createHash/);
});
