import type { BackupStore } from '../../src/core/ports/store.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { clearDatabase } from '../../src/operations/clear.ts';
import { cleanUp } from '../../src/operations/manage.ts';
import { restoreBackup } from '../../src/operations/restore.ts';
import type { Policy, Ports } from '../../src/operations/run.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { clearRequest, quietRun, restoreRequest, undo } from './docker-ports.ts';
import {
  backupClaim,
  type Claim,
  cleanupClaim,
  clearClaim,
  restoreClaim,
  undoClaim,
  verificationClaim,
} from './faulty-claims.ts';

/** An operation as a command runs it, with ports that may fail. */
export interface Work {
  name: string;
  /** Whether it puts another database in the live one's place. */
  swaps: boolean;
  /** Where it may remove backups: what rotates only behind its success has removed none where it fails. */
  rotates: 'never' | 'behind its success' | 'at any time';
  /** Whether it writes down a proof, or that there is none any more, in the metadata of the newest backup. */
  proves?: boolean;
  /**
   * Fails, or gives what its result claims.
   *
   * @param connect Reaches the server; what needs no server does not call it.
   */
  act(store: BackupStore, connect: () => Promise<Ports>, policy: Policy): Promise<Claim>;
}

const manual = { note: '', reason: 'manual' } as const;

/** In two parts, for two files of tests that run beside each other. */
export const backupAndRestore: readonly Work[] = [
  {
    name: 'a backup',
    swaps: false,
    rotates: 'behind its success',
    act: async (_, connect, policy) =>
      backupClaim(await createBackup(await connect(), policy, manual, quietRun())),
  },
  {
    name: 'a restore',
    swaps: true,
    rotates: 'behind its success',
    act: async (_, connect, policy) => {
      const ports = await connect();
      return restoreClaim(await restoreBackup(ports, policy, restoreRequest(ports), quietRun()));
    },
  },
];

export const allOther: readonly Work[] = [
  {
    name: 'a clear',
    swaps: true,
    rotates: 'behind its success',
    act: async (_, connect, policy) => {
      const ports = await connect();
      return clearClaim(await clearDatabase(ports, policy, clearRequest(ports), quietRun()));
    },
  },
  {
    name: 'an undo',
    swaps: true,
    rotates: 'never',
    act: async (_, connect) => undoClaim(await undo(await connect())),
  },
  {
    name: 'a cleanup',
    swaps: false,
    rotates: 'at any time',
    act: async (store, _, policy) =>
      cleanupClaim(await cleanUp(store, policy, { dryRun: false }, quietRun())),
  },
  {
    name: 'a deep verification',
    swaps: false,
    rotates: 'never',
    proves: true,
    act: async (_, connect) =>
      verificationClaim(await verifyBackup(await connect(), { backup: 'latest', deep: true }, quietRun())),
  },
];

export const works: readonly Work[] = [...backupAndRestore, ...allOther];
