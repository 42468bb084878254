import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { TestContainer } from './container.ts';

/** A docker command that may hang: with Docker 20.10 a pause that meets the start of an exec locks the container up. */
async function limited(argv: readonly string[], timeout = 10_000): Promise<string> {
  const run = await execa('docker', argv, { timeout, forceKillAfterDelay: 100, reject: false });
  return run.stdout?.trim() ?? '';
}

/** Past the engine, by the kernel's own switch, whichever version of control groups there is. */
async function turn(id: string, to: 'FROZEN' | 'THAWED'): Promise<void> {
  const word = to === 'FROZEN' ? '1' : '0';
  const switches: [string, string][] = [
    [`/sys/fs/cgroup/freezer/docker/${id}/freezer.state`, to],
    [`/sys/fs/cgroup/docker/${id}/cgroup.freeze`, word],
    [`/sys/fs/cgroup/system.slice/docker-${id}.scope/cgroup.freeze`, word],
  ];
  for (const [path, text] of switches) await writeFile(path, text, { flag: 'r+' }).catch(() => {});
}

/**
 * Freezes a container for so long. One shell does both, so that it comes back even where this process is
 * killed meanwhile; where the engine hangs over it, it is thawed all the same.
 */
export async function pauseFor({ name }: Pick<TestContainer, 'name'>, seconds: number): Promise<void> {
  const id = await limited(['inspect', '--format={{.Id}}', name]);
  const both = 'timeout 10 docker pause "$1"; sleep "$2"; timeout 20 docker unpause "$1"';
  const shell = spawn('sh', ['-c', both, 'pause', name, String(seconds)], {
    detached: true,
    stdio: 'ignore',
  });
  await once(shell, 'exit');
  await expectRunning(name, id);
}

async function expectRunning(name: string, id: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const state = await limited(['inspect', '--format={{.State.Status}}', name]);
    if (state === 'running') return;
    // What hangs in the engine goes on once all is thawed; it then unpauses only what is frozen.
    await turn(id, 'THAWED');
    await sleep(500);
    await turn(id, 'FROZEN');
    await limited(['unpause', name], 20_000);
    await turn(id, 'THAWED');
  }
  throw new Error(`${name} does not come back from its pause`);
}
