import { join } from 'node:path';
import { measure, project, type Timed } from './measure.ts';

export const start = join(project, 'scripts', 'start.js');

/** Where the tool is pointed: nothing of a developer's own settings may decide what is measured. */
export function toolEnv(container: string, folder: string): Record<string, string> {
  return {
    DB_CONTAINER: container,
    DB_NAME: 'bench',
    BACKUP_DIR: folder,
    BACKUP_COMPRESSION: 'false',
    BACKUP_KEEP: '2',
    DATABASE_URL: '',
    NODE_ENV: '',
  };
}

/** Runs a command of this tool, as a process of its own. */
export function runTool(container: string, folder: string, args: readonly string[]): Promise<Timed> {
  return measure({
    file: process.execPath,
    args: [start, ...args, '--quiet'],
    env: toolEnv(container, folder),
    mayRefuse: true,
  });
}
