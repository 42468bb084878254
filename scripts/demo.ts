/** `make demo`: the whole tool on a database of its own, with the commands that a person would type. */
import { readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { $, echo, ProcessOutput } from 'zx';
import { createEmbeddedDatabase } from '../src/database/embedded/create-database.ts';
import { opening, settings, steps, summary } from './demo/script.ts';

process.chdir(resolve(import.meta.dirname, '..'));
const run = $({ env: { ...process.env, ...settings }, stdio: ['ignore', 'inherit', 'inherit'] });

try {
  echo(opening);
  await rm('.demo', { recursive: true, force: true });
  const sample = await readFile('scripts/demo/sample.sql', 'utf8');
  await createEmbeddedDatabase(resolve(settings.DB_EMBEDDED_DIR), settings.DB_NAME, sample);
  for (const [index, { what, command }] of steps.entries()) {
    const typed = command.map((word) => (word.includes(' ') ? `"${word}"` : word)).join(' ');
    echo(`\n${index + 1}. ${what}\n$ node scripts/start.js ${typed}`);
    await run`${process.execPath} scripts/start.js ${command}`;
  }
  echo(summary);
} catch (error) {
  const exitCode = error instanceof ProcessOutput ? error.exitCode : null;
  const why = exitCode === null ? String(error) : `its last command ended with exit code ${exitCode}`;
  process.stderr.write(`\nThe demo stopped: ${why}.\n`);
  process.exitCode = exitCode || 1;
}
