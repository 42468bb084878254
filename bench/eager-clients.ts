import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface EagerClients {
  /** Milliseconds: the longest time that any client was without an answer since the last call. */
  slowestGap(): number;
  stop(): Promise<void>;
}

/**
 * Clients that connect, ask and reconnect at once, all the time, inside the container: a pool at its worst.
 * Each says so after every answer; the time between two answers of one client is what its user waits.
 */
export async function startEagerClients(
  container: string,
  database: string,
  count: number,
): Promise<EagerClients> {
  const loop = `while :; do psql -X -q -A -t -U postgres -d "${database}" -c "select 1" >/dev/null 2>&1 && echo; done`;
  const gaps: number[] = [];
  const clients = Array.from({ length: count }, () => {
    const child = spawn('docker', ['exec', container, 'bash', '-c', loop], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let last = performance.now();
    child.stdout.on('data', () => {
      const now = performance.now();
      gaps.push(now - last);
      last = now;
    });
    return child;
  });
  await sleep(1000);
  return {
    slowestGap: () => Math.max(...gaps.splice(0)),
    stop: async () => {
      for (const client of clients) client.kill('SIGKILL');
      const ended = spawn('docker', ['exec', container, 'pkill', '-f', 'while :; do psql'], {
        stdio: 'ignore',
      });
      await new Promise((resolve) => ended.on('close', resolve));
    },
  };
}
