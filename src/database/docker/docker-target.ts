import type { Target } from '../../core/ports/target.ts';
import type { StartProcess } from '../../process/process.ts';
import { type ContainerFacts, inspectContainer } from './container.ts';
import type { Accept, ContainerSettings } from './container-target.ts';
import { findContainer } from './find-container.ts';
import { type WaitingShell, waitingShell } from './waiting-shell.ts';

export interface DockerSettings extends ContainerSettings {
  container: string | undefined;
  /** The folder whose Compose project is looked for. */
  folder: string;
  /** Its status is all that is wanted, at once. */
  look?: boolean;
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
  let shell: WaitingShell | undefined;
  const locate = async (): Promise<ContainerFacts> => {
    const name = await findContainer(start, settings.container, settings.folder, signal);
    // First: Docker keeps who asks for a container waiting while it starts something in it.
    const inspected = inspectContainer(start, name, signal);
    if (settings.look) shell = waitingShell(start, name);
    return inspected;
  };
  const located = locate();
  try {
    const [container, { containerTarget }] = await Promise.all([located, import('./container-target.ts')]);
    return containerTarget(start, container, settings, signal, accept, shell);
  } catch (error) {
    await located.catch(() => {}); // else a shell could be started when nobody is left to let it go
    shell?.letGo();
    throw error;
  }
}
