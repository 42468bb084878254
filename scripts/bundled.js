import { createRequire } from 'node:module';

// Each start waits for this file: what builtins.js says of imports holds here as well, and node:crypto takes 5 ms to load.
const require = createRequire(import.meta.url);
const { existsSync, readdirSync, rmSync, statSync } = require('node:fs');
const path = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { crc32 } = require('node:zlib');

const project = fileURLToPath(new URL('..', import.meta.url));

/** Where set-up puts the program made of few files: one folder for each state of what it is made of. */
export const bundles = path.join(project, 'node_modules', '.bundled');

const packages = 'node_modules/.package-lock.json'; // npm writes this list at each change
const makers = ['tsconfig.json', 'scripts/builtins.js', 'scripts/bundle.js', 'scripts/bundled.js'];

/** What a bundle is made of, and when the newest of its sources was written, in milliseconds since 1970. */
function ingredients() {
  let newest = 0;
  const states = [packages, ...makers, ...sourcesIn('src')].map((name) => {
    const { mtimeMs, size } = statSync(`${project}${name}`);
    if (name !== packages) newest = Math.max(newest, mtimeMs);
    // In whole seconds, as tar and its like keep them: a copy of the project takes the bundle along.
    return `${name} ${Math.floor(mtimeMs / 1000)} ${size}`;
  });
  return { text: states.join('\n'), newest };
}

/**
 * By hand, because each start waits for it: 5 ms for all sources, where `recursive` takes 20.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function sourcesIn(folder) {
  return readdirSync(`${project}${folder}`, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return sourcesIn(name);
      return entry.isFile() && /\.tsx?$/.test(name) ? name : [];
    });
}

/** The folder of the bundle of these very sources and packages; undefined where npm has installed none. */
export function currentBundle() {
  try {
    const { text, newest } = ingredients();
    const numbers = [Math.floor(newest / 1000), crc32(text)]; // a few states are there to be mistaken for each other
    const name = numbers.map((number) => number.toString(16).padStart(8, '0')).join('');
    const folder = path.join(bundles, name);
    return { folder, newest, made: existsSync(folder) };
  } catch {
    return undefined; // or a source went away meanwhile
  }
}

/** Loads the program: what set-up made, or the sources where they have changed since. */
export async function loadProgram() {
  const bundle = currentBundle();
  const program = bundle?.made ? await loadBundle(bundle.folder) : undefined;
  return program ?? import(new URL('../src/app/main.ts', import.meta.url).href);
}

/** Undefined where it is damaged; it goes then, so that set-up makes it anew. */
async function loadBundle(/** @type {string} */ folder) {
  try {
    const program = await import(pathToFileURL(path.join(folder, 'main.mjs')).href);
    if (typeof program.main === 'function') return program;
  } catch (error) {
    if (process.env['KUBEGRAM_DEBUG']) console.error(error);
  }
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // It is somebody else's.
  }
  return undefined;
}
