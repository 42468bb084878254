import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Where set-up puts the program made of few files. Two folders deep in the project, as the sources are: `wire.ts` finds the
 * project's folder by that.
 */
export const bundleFolder = fileURLToPath(new URL('../node_modules/.bundled/', import.meta.url));

/** Where the program begins in the bundle, and in the sources. */
const bundledMain = new URL('../node_modules/.bundled/main.mjs', import.meta.url).href;
const sourceMain = new URL('../src/app/main.ts', import.meta.url).href;

const stamp = 'made-of';

/** What a bundle is made of: the packages, by the list that npm writes at each change, and each source. */
export function ingredients() {
  const sources = fileURLToPath(new URL('../src/', import.meta.url));
  const names = readdirSync(sources, { recursive: true, encoding: 'utf8' }).sort();
  const lock = fileURLToPath(new URL('../node_modules/.package-lock.json', import.meta.url));
  return [lock, ...names.map((name) => path.join(sources, name))].map(state).join('\n');
}

/** In whole seconds, as tar and its like keep them: a copy of the project takes the bundle along. */
function state(/** @type {string} */ file) {
  const found = statSync(file);
  return found.isDirectory()
    ? ''
    : `${path.basename(file)} ${Math.floor(found.mtimeMs / 1000)} ${found.size}`;
}

/** Says of what the bundle was made. */
export function stampBundle(/** @type {string} */ madeOf) {
  writeFileSync(path.join(bundleFolder, stamp), madeOf);
}

/** Whether there is a bundle of these very sources and packages. */
export function bundleIsFresh() {
  try {
    return readFileSync(path.join(bundleFolder, stamp), 'utf8') === ingredients();
  } catch {
    return false;
  }
}

/** The program to start: what set-up made, or the sources where they have changed since. */
export function program() {
  // A stack trace is to lead into the sources.
  return !process.env['KUBEGRAM_DEBUG'] && bundleIsFresh() ? bundledMain : sourceMain;
}
