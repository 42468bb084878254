// Runs backups and restores inside this process, which bench/progress.ts starts, and prints what a person was shown
// of the time that was left, a look every tenth of a second.
import { resolve } from 'node:path';
import { wire } from '../src/app/wire.ts';
import { paceMeter } from '../src/core/pace.ts';
import { createBackup } from '../src/operations/backup.ts';
import { restoreBackup } from '../src/operations/restore.ts';
import type { Run } from '../src/operations/run.ts';
import type { Looks } from './figures/told-truth.ts';

const lookEveryMs = 100;
const { connect, policy } = wire({}, process.env, resolve(import.meta.dirname, '..'));
const signal = new AbortController().signal;
const restoring = {
  backup: 'latest',
  confirm: 'bench',
  dryRun: false,
  into: undefined,
  safetyBackup: false,
  createRoles: false,
  withoutOwners: false,
  unverified: false,
  allow: { production: false, otherCluster: false },
};

const works = {
  backup: async (run: Run) => {
    await createBackup(await connect(signal), policy, { note: '', reason: 'manual' }, run);
  },
  restore: async (run: Run) => {
    await restoreBackup(await connect(signal), policy, restoring, run);
  },
};

const work = works[process.argv[2] === 'restore' ? 'restore' : 'backup'];
process.stdout.write(JSON.stringify(await watched(work)));

async function watched(operation: (run: Run) => Promise<void>): Promise<Looks> {
  const meter = paceMeter();
  const shown: Looks['shown'] = [];
  const begun = performance.now();
  const look = (): void => {
    const atMs = performance.now() - begun;
    const { share, secondsLeft } = meter.look(atMs);
    shown.push({ atMs, share: share ?? null, secondsLeft: secondsLeft ?? null });
  };
  const timer = setInterval(look, lookEveryMs);
  await operation({ signal, onProgress: (progress) => meter.tell(performance.now() - begun, progress) });
  clearInterval(timer);
  return { shown, tookMs: performance.now() - begun };
}
