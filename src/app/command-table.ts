import type { Command } from './command.ts';

/** Every command, loaded only when it is called: what a command does not use costs it nothing. */
export const commandTable: Record<string, () => Promise<{ command: Command }>> = {
  backup: () => import('./commands/backup.ts'),
  cleanup: () => import('./commands/cleanup.ts'),
  clear: () => import('./commands/clear.ts'),
  delete: () => import('./commands/delete.ts'),
  doctor: () => import('./commands/doctor.ts'),
  list: () => import('./commands/list.ts'),
  pin: () => import('./commands/pin.ts'),
  restore: () => import('./commands/restore.ts'),
  status: () => import('./commands/status.ts'),
  undo: () => import('./commands/undo.ts'),
  verify: () => import('./commands/verify.ts'),
};
