// Starts a command of this tool. Plain JavaScript that any Node can read, so that a machine where set-up has
// not run yet, or whose own Node is too old, gets one sentence instead of a syntax error.
import module from 'node:module';

// What builtins.js says of imports: the start of a command is to be quick.
const require = module.createRequire(import.meta.url);
const { existsSync } = require('node:fs');
const path = require('node:path');
const { fileURLToPath } = require('node:url');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const fits = major >= 26 || (major === 24 && minor >= 15);

if (!existsSync(path.join(project, 'node_modules', 'valibot')) || !fits) {
  console.error('This clone is not set up yet. Type: make setup');
  process.exitCode = 2;
} else {
  // In the clone itself, by places relative to it: it outlives a restart, and a clone that is moved or copied takes it along.
  const directory = path.join(project, 'node_modules', '.cache', 'compiled');
  module.enableCompileCache?.({ directory, portable: true });
  // Colours are decided once, before any library decides for itself (chalk and ora ignore NO_COLOR).
  const plain = process.argv.includes('--no-color') || process.env.NO_COLOR || process.env.TERM === 'dumb';
  if (plain) process.env.FORCE_COLOR = '0';
  if (process.env.KUBEGRAM_DEBUG) process.setSourceMapsEnabled(true); // a stack trace is to lead into the sources
  const { loadProgram } = await import('./bundled.js');
  const { main } = await loadProgram();
  process.exitCode = await main(process.argv.slice(2), project);
  // Whoever reads, however slowly, gets all of it.
  for (const stream of [process.stdout, process.stderr]) await new Promise((said) => stream.write('', said));
  // A child that is being abandoned must not keep a finished command alive.
  setTimeout(() => process.exit(), 2000).unref();
}
