import { hostname } from 'node:os';

/** Every container of the tests carries it, so that a dead run's left-overs can be found. */
export const TEST_LABEL = 'kubegram-test=1';
const PID_LABEL = 'kubegram-test.pid';
const HOST_LABEL = 'kubegram-test.host';

/** Two machines (or two containers) can share one Docker engine, so a pid means nothing without its host. */
export function ownerLabels(): string[] {
  return [TEST_LABEL, `${PID_LABEL}=${process.pid}`, `${HOST_LABEL}=${hostname()}`];
}

/** A format for `docker ps` that prints what `isOrphan` reads, after the container's id. */
export const OWNER_FORMAT = `{{.ID}}\t{{.Label "${PID_LABEL}"}}\t{{.Label "${HOST_LABEL}"}}`;

/** True when whoever made the container is known to be dead; what cannot be judged is left alone. */
export function isOrphan(pid: string | undefined, host: string | undefined): boolean {
  if (host !== hostname() || !pid || !/^[1-9]\d*$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    // EPERM means that the process lives and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
