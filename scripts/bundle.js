// Makes few files of this program and its packages: Node takes one or two milliseconds to find and load each of some sixty
// sources and two hundred files of packages. Run at the end of set-up; without the bundle the sources run as they are.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { bundleFolder, ingredients, stampBundle } from './bundled.js';

/** They look for files beside their own. */
const asInstalled = /^@electric-sql\//;

/** @type {import('rolldown').Plugin} */
const noJsx = {
  name: 'no-jsx',
  load: (id) => (id.endsWith('/app/jsx.ts') ? 'export function loadJsx() {} // a bundle holds none' : null),
};

const made = path.join(bundleFolder, 'new');
rmSync(made, { recursive: true, force: true });
mkdirSync(bundleFolder, { recursive: true });
const madeOf = ingredients(); // a source that is changed meanwhile makes the bundle stale
await build({
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  input: { main: 'src/app/main.ts' },
  external: asInstalled,
  platform: 'node',
  plugins: [noJsx],
  logLevel: 'silent',
  output: {
    dir: made,
    format: 'esm',
    // By `.js` alone Node would not know what they are, and parse each to find out: 100 ms for the menu.
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
    minify: true,
    // Parts by command alone would be 39 files for a status; a single file would be compiled whole for each.
    codeSplitting: { groups: [{ name: 'shared', minShareCount: 3 }] },
  },
});
// The beginning last: whoever starts meanwhile finds all that it leads to.
const names = readdirSync(made).filter((name) => name !== 'main.mjs');
for (const name of [...names, 'main.mjs']) renameSync(path.join(made, name), path.join(bundleFolder, name));
stampBundle(madeOf);
rmSync(made, { recursive: true });
removeOld(new Set(names));

/** What is running goes on loading parts of the bundle that it began with. */
function removeOld(/** @type {Set<string>} */ current) {
  const yesterday = Date.now() - 24 * 60 * 60_000;
  for (const name of readdirSync(bundleFolder)) {
    const file = path.join(bundleFolder, name);
    if (/-.{8}\.mjs$/.test(name) && !current.has(name) && statSync(file).mtimeMs < yesterday) rmSync(file);
  }
}
