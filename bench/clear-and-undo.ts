import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'zx';
import { dropUndoPoints } from './contenders/restore.ts';
import type { Result } from './figures/result.ts';
import { project } from './measure.ts';
import type { Server } from './server.ts';
import { toolEnv } from './tool.ts';

export async function measureOperations(
  server: Server,
  work: string,
  rounds: number,
): Promise<NonNullable<Result['operations']>> {
  const folder = join(work, 'clears');
  mkdirSync(folder, { recursive: true });
  const env = { ...process.env, ...toolEnv(server.container, folder) };
  const child = $({
    env,
    quiet: true,
  })`${process.execPath} ${join(project, 'bench', 'operations.ts')} ${rounds}`;
  child.stderr.pipe(process.stderr, { end: false });
  const { stdout } = await child;
  await dropUndoPoints(server);
  return JSON.parse(stdout) as NonNullable<Result['operations']>;
}
