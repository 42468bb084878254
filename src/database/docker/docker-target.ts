import type { Target } from '../../core/ports/target.ts';
import type { StartProcess } from '../../process/process.ts';
import { type ContainerFacts, inspectContainer } from './container.ts';
import type { Accept, ContainerSettings } from './container-target.ts';
import { findContainer } from './find-container.ts';

export interface DockerSettings extends ContainerSettings {
  container: string | undefined;
  /** The folder whose Compose project is looked for. */
  folder: string;
}

/**
 * The Postgres in a container, reached through `docker exec`. What talks with it is loaded while the engine answers: a person
 * waits for the longer of the two.
 */
export async function dockerTarget(
  start: StartProcess,
  settings: DockerSettings,
  signal: AbortSignal,
  accept: Accept,
): Promise<Target> {
  const [container, { containerTarget }] = await Promise.all([
    locate(start, settings, signal),
    import('./container-target.ts'),
  ]);
  return containerTarget(start, container, settings, signal, accept);
}

async function locate(
  start: StartProcess,
  { container, folder }: DockerSettings,
  signal: AbortSignal,
): Promise<ContainerFacts> {
  return inspectContainer(start, await findContainer(start, container, folder, signal), signal);
}
