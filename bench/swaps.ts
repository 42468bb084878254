import { join } from 'node:path';
import { $ } from 'zx';
import { backupInto, dropUndoPoints } from './contenders/restore.ts';
import { startEagerClients } from './eager-clients.ts';
import type { Result } from './figures/result.ts';
import type { Server } from './server.ts';
import { start, toolEnv } from './tool.ts';

/** A restore and many undos, while six clients ask and reconnect all the time. */
export async function measureSwaps(
  server: Server,
  work: string,
  count: number,
): Promise<NonNullable<Result['swaps']>> {
  const folder = join(work, 'swaps');
  const env = { ...process.env, ...toolEnv(server.container, folder) };
  await backupInto(server, folder, 'plain');
  const clients = await startEagerClients(server.container, 'bench', 6);
  const swaps = { blockedMs: [] as number[], gapMs: [] as number[] };
  const swap = async (...args: string[]) => {
    const { stdout } = await $({
      env,
      quiet: true,
    })`${process.execPath} ${start} ${args} --confirm=bench --json`;
    swaps.blockedMs.push(Number(JSON.parse(stdout).blocked_ms));
    swaps.gapMs.push(clients.slowestGap());
    console.error(`  ${args[0]}: blocked ${swaps.blockedMs.at(-1)} ms`);
  };
  try {
    clients.slowestGap();
    await swap('restore', 'latest', '--no-safety-backup');
    while (swaps.blockedMs.length < count) await swap('undo');
  } finally {
    await clients.stop();
  }
  await dropUndoPoints(server);
  return swaps;
}
