import { readFileSync, statSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';

/** The packages that a person waits for at the start of a command. */
export const bundled = ['execa', 'cli-table3', 'ora'];

/** Where set-up puts the one file that it made of each of them. */
export const bundleFolder = new URL('../node_modules/.cache/bundled/', import.meta.url);

const bundleOf = (/** @type {string} */ name) => new URL(`${name}.js`, bundleFolder);

/** The packages that npm has installed: it writes its own list at each change. */
function installed() {
  const { mtimeMs, size } = statSync(new URL('../node_modules/.package-lock.json', import.meta.url));
  return `${mtimeMs} ${size}`;
}

/** Says in the folder of new bundles of which packages they are. */
export function stampBundles(/** @type {string} */ folder) {
  writeFileSync(path.join(folder, 'of'), installed());
}

/** Whether there are bundles, of the very packages that are installed. */
export function bundlesAreFresh() {
  try {
    return readFileSync(new URL('of', bundleFolder), 'utf8') === installed();
  } catch {
    return false;
  }
}

/** From here on, what this project imports of such a package comes from its one file. */
export function importBundled() {
  if (!bundlesAreFresh()) return;
  const project = new URL('../src/', import.meta.url).href;
  module.registerHooks({
    resolve(specifier, context, next) {
      const ours = bundled.includes(specifier) && context.parentURL?.startsWith(project);
      return ours
        ? { url: bundleOf(specifier).href, format: 'module', shortCircuit: true }
        : next(specifier, context);
    },
  });
}
