// Makes one file of each package that every command waits for: Node takes about half a millisecond for a file, and
// execa has 111 of them. Run at the end of set-up; without these files the packages are loaded as they are.
import { renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { bundled, bundleFolder, stampBundles } from './bundled.js';

const folder = fileURLToPath(bundleFolder);
const dir = `${folder.slice(0, -1)}.new`;
rmSync(dir, { recursive: true, force: true });
await build({
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  input: Object.fromEntries(bundled.map((name) => [name, name])),
  platform: 'node',
  logLevel: 'silent',
  output: { dir, format: 'esm', entryFileNames: '[name].js' },
});
// Whole or not at all: whoever starts meanwhile loads the packages as they are.
stampBundles(dir);
rmSync(folder, { recursive: true, force: true });
renameSync(dir, folder);
