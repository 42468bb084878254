import { OperationError } from '../../core/errors.ts';
import type { Ended } from '../../process/process.ts';

/** What the docker client said, as one of our errors; the client's own words are the cause. */
export function dockerError(ended: Ended, container: string): OperationError {
  const cause = new Error(ended.stderr.trim() || `docker ended with code ${ended.exitCode}`);
  if (ended.notFound) {
    return new OperationError('unreachable', 'There is no docker command on this machine.', {
      hint: 'Install Docker, or try the tool without it: make demo',
      cause,
    });
  }
  const said = ended.stderr;
  if (/No such (container|object)/i.test(said)) {
    return new OperationError('unreachable', `There is no container named ${container}.`, {
      hint: 'Start the database (docker compose up -d postgres), or name its container in DB_CONTAINER; docker ps -a shows them.',
      cause,
    });
  }
  if (/permission denied/i.test(said) && !/^OCI runtime/m.test(said)) {
    return new OperationError('unreachable', 'The Docker engine does not let you in.', {
      hint: 'Add yourself to the docker group, or run the command as somebody who is in it.',
      cause,
    });
  }
  if (/is paused/i.test(said)) {
    return new OperationError('unreachable', `The container ${container} is paused.`, {
      hint: `Type: docker unpause ${container}`,
      cause,
    });
  }
  if (/is not running|is restarting|in a stopped state/i.test(said)) {
    return new OperationError('unreachable', `The container ${container} is stopped.`, {
      hint: `Type: docker start ${container}`,
      cause,
    });
  }
  if (
    /Cannot connect to the Docker daemon|Is the docker daemon running|failed to connect to the docker API/i.test(
      said,
    )
  ) {
    return new OperationError('unreachable', 'The Docker engine is not running.', {
      hint: 'Start Docker (Docker Desktop, or: sudo systemctl start docker), then try again.',
      cause,
    });
  }
  if (/executable file not found/.test(said)) {
    const [, tool = 'psql'] = /exec: "([^"]+)"/.exec(said) ?? [];
    return new OperationError('unreachable', `There is no ${tool} in the container ${container}.`, {
      hint: "Name the database's own container in DB_CONTAINER; docker ps shows them.",
      cause,
    });
  }
  const words = said.trim().split('\n', 1)[0]?.replace(/\.$/, '');
  const message = words ? `Docker refused: ${words}.` : "Docker's client ended without a word.";
  return new OperationError('unreachable', message, {
    hint: `See what Docker says of it: docker inspect ${container}`,
    cause,
  });
}

/** Whether the docker client itself failed, in contrast to the program that it was to run. */
export function isDockerFailure(ended: Ended): boolean {
  return (
    ended.notFound ||
    /^(Error response from daemon|Cannot connect to the Docker daemon|OCI runtime exec failed|permission denied while trying)|executable file not found/m.test(
      ended.stderr,
    )
  );
}

/** Whether a program could not be started, and nobody heard why: Docker 20.10 says that on standard output. */
export function isUnheardFailure({ exitCode, stderr }: Ended): boolean {
  return (exitCode === 126 || exitCode === 127) && stderr.trim() === '';
}
