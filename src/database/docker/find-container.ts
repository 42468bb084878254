import * as v from 'valibot';
import { OperationError } from '../../core/errors.ts';
import { runProcess, type StartProcess } from '../../process/process.ts';
import { dockerError } from './docker-error.ts';

export const defaultContainer = 'kubegram-server-postgres-1';

const listing = v.object({ Names: v.string(), Image: v.string(), Labels: v.string() });

/**
 * The name of the database's container: the one configured, else the Postgres service of the Compose project
 * in this folder, else the default name.
 *
 * @throws OperationError `configuration` where the project has several and none is named.
 */
export async function findContainer(
  start: StartProcess,
  configured: string | undefined,
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  if (configured !== undefined) return configured;
  const label = `label=com.docker.compose.project.working_dir=${folder}`;
  const args = ['ps', '--all', '--filter', label, '--format', '{{json .}}'];
  const result = await runProcess(start, { file: 'docker', args }, { signal });
  if (result.exitCode !== 0) throw dockerError(result, defaultContainer);

  const containers = result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => v.parse(listing, JSON.parse(line)));
  const service = containers.filter((one) =>
    /(^|,)com\.docker\.compose\.service=postgres(,|$)/.test(one.Labels),
  );
  const candidates = service.length > 0 ? service : containers.filter((one) => /postg/.test(one.Image));
  if (candidates.length > 1) {
    const names = candidates.map((one) => one.Names).join(', ');
    throw new OperationError(
      'configuration',
      `This folder's Compose project has several databases: ${names}.`,
      {
        hint: 'Name the one you mean in DB_CONTAINER.',
      },
    );
  }
  return candidates[0]?.Names ?? defaultContainer;
}
