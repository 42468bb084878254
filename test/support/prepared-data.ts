import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownerLabels } from './container-labels.ts';
import { docker, dockerOrThrow } from './docker.ts';
import { waitForServer } from './wait-for-server.ts';

/**
 * The data folder of a server that its image has just initialised, made once for each image and kept for later runs:
 * to initialise one takes the processor five seconds, to copy this one a twentieth of that. All servers that begin
 * with it are one cluster to PostgreSQL (they have its system identifier).
 */
export async function preparedData(image: string, env: readonly string[]): Promise<string> {
  const id = (await dockerOrThrow(['image', 'inspect', '--format={{.Id}}', image])).trim();
  const folder = join(tmpdir(), `kubegram-test-data-${id.replace('sha256:', '').slice(0, 12)}`);
  if (!existsSync(folder)) await prepare(image, env, folder);
  return join(folder, 'data');
}

async function prepare(image: string, env: readonly string[], folder: string): Promise<void> {
  const made = await mkdtemp(`${folder}-`);
  await chmod(made, 0o755); // the server's own user must get through
  const container = (
    await dockerOrThrow([
      ...['run', '--detach', ...ownerLabels().map((label) => `--label=${label}`)],
      ...[`--volume=${made}:/prepared`, '--env=PGDATA=/prepared/data', ...env, image],
      ...['postgres', '-c', 'fsync=off'],
    ])
  ).trim();
  try {
    await dockerOrThrow(['exec', container, 'timeout', '60', 'sh', '-c', waitForServer]);
    await dockerOrThrow(['stop', container]);
    // Another process may have been quicker; a folder with something in it cannot be replaced.
    await rename(made, folder).catch(() => undefined);
  } finally {
    await docker(['rm', '--force', '--volumes', container]);
    await rm(made, { recursive: true, force: true });
  }
}

/** Starts the image's own entry point after the prepared folder, if any, was put where it looks for its data. */
export const copyPrepared =
  'if [ -d /prepared ] && [ ! -s "$PGDATA/PG_VERSION" ]; then cp -a /prepared/. "$PGDATA"; fi; exec docker-entrypoint.sh "$@"';
