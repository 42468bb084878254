import type { Launcher } from '../../src/database/postgres/launcher.ts';
import { startProcess } from '../../src/process/process.ts';

/** Starts client tools on this machine, as they are named: enough for what needs a program and no server. */
export const localLauncher: Launcher = {
  start: startProcess,
  user: 'postgres',
  lockWaitMs: 1000,
  check: async () => {},
  command: (file, args, env) => ({ file, args, env }),
  explain: async () => undefined,
};
