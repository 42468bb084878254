import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'zx';
import { dropUndoPoints } from './contenders/restore.ts';
import type { ProgressFigures } from './figures/result.ts';
import { type Looks, truthOf } from './figures/told-truth.ts';
import { project } from './measure.ts';
import type { Server } from './server.ts';
import { toolEnv } from './tool.ts';

const watchedFormats = ['plain', 'directory'] as const;

/** The first backup in a folder has no other to go by; it is measured by itself. */
export async function measureProgress(
  server: Server,
  work: string,
  rounds: number,
): Promise<ProgressFigures[]> {
  const figures: ProgressFigures[] = [];
  for (const format of watchedFormats) {
    const folder = join(work, `${format}-progress`);
    mkdirSync(folder, { recursive: true });
    const env = { ...toolEnv(server.container, folder), BACKUP_FORMAT: format };
    const measured = async (what: string, operation: 'backup' | 'restore', times: number): Promise<void> => {
      const of: ProgressFigures = { what: `${what} (${format})`, runs: [] };
      for (let round = 1; round <= times; round++) {
        await server.settle();
        of.runs.push(truthOf(await watch(operation, env)));
        await dropUndoPoints(server);
      }
      figures.push(of);
    };
    await measured('first backup', 'backup', 1);
    await measured('backup', 'backup', rounds);
    await measured('restore', 'restore', rounds);
  }
  return figures;
}

async function watch(operation: string, env: Record<string, string>): Promise<Looks> {
  const { stdout } = await $({
    env: { ...process.env, ...env },
    quiet: true,
  })`${process.execPath} ${join(project, 'bench', 'told-progress.ts')} ${operation}`;
  return JSON.parse(stdout) as Looks;
}
