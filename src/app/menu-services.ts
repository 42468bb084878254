import type { BackupSet, BackupStore } from '../core/ports/store.ts';
import { createBackup } from '../operations/backup.ts';
import { clearDatabase, previewClear } from '../operations/clear.ts';
import { guardTarget } from '../operations/guard-rails.ts';
import { deleteBackup, pinBackup } from '../operations/manage.ts';
import { previewRestore } from '../operations/preview-restore.ts';
import { restoreBackup } from '../operations/restore.ts';
import { previewUndo, undoLast } from '../operations/undo.ts';
import { verifyBackup } from '../operations/verify.ts';
import type { MenuServices } from '../ui/tui/services.ts';
import { lookAround } from './look-around.ts';
import type { Wiring } from './wire.ts';

/** The menu allows nothing that a guard rail refuses: that takes a flag on the command line. */
const allow = { production: false, otherCluster: false };

/**
 * A container that is lost shows within two seconds. An embedded database comes and goes with nobody, and to look
 * at it is to start it in this process.
 */
const lookEveryMs = { docker: 1500, embedded: 10_000 };

/** Binds the operations to the target, for the menu; the target is found anew for each. */
export function menuServices(wiring: Wiring): MenuServices {
  const { policy, store, clock } = wiring;
  const shared = listingOnce(wiring);
  return {
    lookEveryMs: lookEveryMs[wiring.config.target],
    look: (signal) => lookAround(shared, { signal, onProgress: () => {} }),
    backups: () => shared.store.list(),
    backUp: async (note, run) =>
      createBackup(await wiring.connect(run.signal), policy, { note, reason: 'manual' }, run),
    previewRestore: async (id, run) => {
      const ports = await wiring.connect(run.signal);
      await guardTarget(ports.target, policy.production, allow); // before anybody is asked to type
      const roles = { createRoles: false, withoutOwners: false };
      return previewRestore(ports, { backup: id, unverified: false, allow, ...roles }, run);
    },
    restore: async (id, confirmed, run) => {
      const request = {
        ...confirmed,
        backup: id,
        dryRun: false,
        into: undefined,
        safetyBackup: true,
        createRoles: false,
        withoutOwners: false,
        unverified: false,
        allow,
      };
      return restoreBackup(await wiring.connect(run.signal), policy, request, run);
    },
    previewClear: async (everything, run) => {
      const ports = await wiring.connect(run.signal);
      await guardTarget(ports.target, policy.production, allow);
      return previewClear(ports, everything, run);
    },
    clear: async (everything, confirmed, run) => {
      const request = { ...confirmed, everything, dryRun: false, note: '', allow };
      return clearDatabase(await wiring.connect(run.signal), policy, request, run);
    },
    previewUndo: async (run) => {
      const ports = await wiring.connect(run.signal);
      await guardTarget(ports.target, policy.production, allow);
      return previewUndo(ports, run);
    },
    undo: async (confirmed, run) =>
      undoLast(await wiring.connect(run.signal), policy, { ...confirmed, allow }, run),
    verify: async (id, deep, run) => {
      const target = deep ? (await wiring.connect(run.signal)).target : undefined;
      return verifyBackup({ store, clock, target }, { backup: id, deep, jobs: policy.jobs }, run);
    },
    remove: (id) => deleteBackup(store, id),
    pin: (id, pinned) => pinBackup(store, id, pinned),
    now: () => clock.now().getTime(),
  };
}

/** The header and the list are read at the same time: the folder is listed once for both. */
function listingOnce(wiring: Wiring): Wiring {
  let listing: Promise<BackupSet[]> | undefined;
  const store: BackupStore = {
    ...wiring.store,
    list: () => {
      listing ??= wiring.listAgain().finally(() => {
        listing = undefined;
      });
      return listing;
    },
  };
  const connect: Wiring['connect'] = async (signal, purpose) => ({
    ...(await wiring.connect(signal, purpose)),
    store,
  });
  return { ...wiring, store, connect };
}
