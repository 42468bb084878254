import { execaSync } from 'execa';
import { describe, test } from 'vitest';

let known: string | null | undefined;

/** Why no container can be started here, in one sentence, or null when one can. Asked once a process. */
export function dockerMissing(): string | null {
  if (known === undefined) known = askDocker();
  return known;
}

function askDocker(): string | null {
  const asked = execaSync('docker', ['version', '--format={{.Server.Version}}'], {
    reject: false,
    timeout: 10_000,
  });
  if (!asked.failed) return null;
  if (asked.code === 'ENOENT') return 'there is no docker command on this machine';
  return `the Docker engine does not answer (${asked.stderr.split('\n').at(-1) || asked.shortMessage})`;
}

const inCi = ['true', '1'].includes(process.env.CI ?? '');

/**
 * A `describe` for tests that need a container. Without Docker they are skipped with the reason in their
 * name; in CI they fail, because there a skipped test would be taken for a passed one.
 */
export function describeWithDocker(name: string, body: () => void): void {
  const missing = dockerMissing();
  if (missing === null) describe(name, body);
  else if (inCi) test(name, () => Promise.reject(new Error(`Docker is required in CI: ${missing}`)));
  else describe.skipIf(true)(`${name} (cannot run: ${missing})`, body);
}
