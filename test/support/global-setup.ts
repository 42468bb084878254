import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { commandTable } from '../../src/app/command-table.ts';
import { isOrphan, OWNER_FORMAT, TEST_LABEL } from './container-labels.ts';
import { docker, dockerOrThrow } from './docker.ts';
import { dockerMissing } from './require-docker.ts';
import { seed } from './seed.ts';

/** Vitest runs this once, before any test file. */
export async function setup(): Promise<void> {
  process.env['KUBEGRAM_TEST_SEED'] = String(seed); // one for all files: those who run them inherit it
  await compileCommands();
  const missing = dockerMissing();
  if (missing === null) return removeOrphans();
  process.stderr.write(`\n*** Tests against real Postgres CANNOT RUN: ${missing}. ***\n\n`);
}

/** A killed run leaves its servers behind; those of runs that are still going are not ours to touch. */
async function removeOrphans(): Promise<void> {
  const listed = await dockerOrThrow([
    'ps',
    '-a',
    `--filter=label=${TEST_LABEL}`,
    `--format=${OWNER_FORMAT}`,
  ]);
  for (const line of listed.split('\n')) {
    const [id, pid, host] = line.split('\t');
    if (!id || !isOrphan(pid, host)) continue;
    // One that was paused at a bad moment may hang the engine's answer (seen with Docker 20.10): it is left where it is.
    await Promise.race([removeOrphan(id), sleep(20_000, undefined, { ref: false })]);
  }
}

async function removeOrphan(id: string): Promise<void> {
  await docker(['unpause', id]);
  await docker(['rm', '--force', '--volumes', id]);
}

/**
 * Every command once, as far as it comes without a database: what Node compiles of them is kept in node_modules, and
 * goes with it into each test's copy of the project, where to compile all of it again would cost half a second a command.
 */
async function compileCommands(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kubegram-compile-'));
  const nothing = { DB_CONTAINER: 'kubegram-no-such-container', DB_TARGET: 'docker', BACKUP_DIR: folder };
  const run = (name: string) =>
    execa(process.execPath, ['scripts/start.js', name, '--json'], { env: nothing, reject: false });
  await Promise.all(Object.keys(commandTable).map(run));
  await rm(folder, { recursive: true });
}
