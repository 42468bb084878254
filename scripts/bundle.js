// Makes few files of this program and its packages: Node takes one or two milliseconds to find and load each of some sixty
// sources and two hundred files of packages. Run at the end of set-up; without the bundle the sources run as they are.
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { builtins } from './builtins.js';
import { bundles, currentBundle } from './bundled.js';

/** Files are known by the second in which they were written: one written just now may be so again. */
const settledMs = 2000;
/** What is running goes on loading parts of the bundle that it began with. */
const kept = 5;

const bundle = currentBundle();
const ageMs = Date.now() - (bundle?.newest ?? Number.NaN);
if (bundle?.made === false && (ageMs > settledMs || ageMs < 0)) await make(bundle.folder);

/** @param {string} folder */
async function make(folder) {
  mkdirSync(bundles, { recursive: true });
  const making = mkdtempSync(path.join(bundles, 'new-'));
  try {
    await bundleInto(making);
    chmodSync(making, 0o755); // whoever may run the sources
    for (const name of [...readdirSync(making), '.']) sync(path.join(making, name));
    if (currentBundle()?.folder === folder) renameSync(making, folder); // else a source has changed meanwhile
    removeOld();
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/** @param {string} dir */
function bundleInto(dir) {
  return build({
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    input: { main: 'src/app/main.ts' },
    external: /^@electric-sql\//, // it looks for files beside its own
    platform: 'node',
    plugins: [{ name: 'no-jsx', load: withoutJsx }, builtins],
    logLevel: 'silent',
    output: {
      dir,
      format: 'esm',
      // By `.js` alone Node would not know what they are, and parse each to find out: 100 ms for the menu.
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
      minify: true,
      sourcemap: true,
      // Parts by command alone would be 39 files for a status; a single file would be compiled whole for each.
      codeSplitting: { groups: [{ name: 'shared', minShareCount: 3 }] },
    },
  });
}

/** @param {string} id */
function withoutJsx(id) {
  return /[/\\]app[/\\]jsx\.ts$/.test(id) ? 'export function loadJsx() {} // a bundle holds none' : null;
}

/** An empty part, as a power cut may leave it, would be missed only when a command asks for it. */
function sync(/** @type {string} */ name) {
  const file = openSync(name, 'r');
  fsyncSync(file);
  closeSync(file);
}

function removeOld() {
  const madeAt = (/** @type {string} */ name) => statSync(path.join(bundles, name)).mtimeMs;
  const names = readdirSync(bundles);
  const whole = names.filter((name) => /^[0-9a-f]{16}$/.test(name));
  const old = whole.sort((a, b) => madeAt(b) - madeAt(a)).slice(kept);
  const hourAgo = Date.now() - 3_600_000;
  const broken = names.filter((name) => name.startsWith('new-') && madeAt(name) < hourAgo);
  for (const name of [...old, ...broken]) rmSync(path.join(bundles, name), { recursive: true, force: true });
}
