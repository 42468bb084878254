import type { BackupStore } from '../../src/core/ports/store.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { cleanUp } from '../../src/operations/manage.ts';
import type { Ports } from '../../src/operations/run.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { clear, policy, quietRun, restore, undo } from './docker-ports.ts';

/** An operation as a command runs it, with ports that may fail. */
export interface Work {
  name: string;
  /** Whether it puts another database in the live one's place. */
  swaps: boolean;
  /** @param connect Reaches the server; what needs no server does not call it. */
  act(store: BackupStore, connect: () => Promise<Ports>): Promise<unknown>;
}

const manual = { note: '', reason: 'manual' } as const;

export const works: readonly Work[] = [
  {
    name: 'a backup',
    swaps: false,
    act: async (_, connect) => createBackup(await connect(), policy, manual, quietRun()),
  },
  { name: 'a restore', swaps: true, act: async (_, connect) => restore(await connect()) },
  { name: 'a clear', swaps: true, act: async (_, connect) => clear(await connect()) },
  { name: 'an undo', swaps: true, act: async (_, connect) => undo(await connect()) },
  { name: 'a cleanup', swaps: false, act: (store) => cleanUp(store, policy, { dryRun: false }, quietRun()) },
  {
    name: 'a deep verification',
    swaps: false,
    act: async (_, connect) => verifyBackup(await connect(), { backup: 'latest', deep: true }, quietRun()),
  },
];
