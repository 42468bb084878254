// Runs clear and undo inside this process, which bench/clear-and-undo.ts starts, and prints how long they took: what
// an operation takes without the start of a process is what the menu's user waits for.
import { resolve } from 'node:path';
import { systemClock } from '../src/app/clock.ts';
import { wire } from '../src/app/wire.ts';
import { clearDatabase } from '../src/operations/clear.ts';
import { undoLast } from '../src/operations/undo.ts';

const rounds = Number(process.argv[2]);
const undos = 10;
const { connect, policy } = wire({}, process.env, resolve(import.meta.dirname, '..'));
const signal = new AbortController().signal;
const request = { confirm: 'bench', allow: { production: false, otherCluster: false } };
const building = ['Building the emptied database', 'Comparing schemas'];
const afterBackup = [...building, 'Swapping'];
const clearMs: number[] = [];
const undoMs: number[] = [];

for (let round = 1; round <= rounds; round++) {
  clearMs.push(await clearAfterItsBackup());
  await undo();
}
while (undoMs.length < rounds + undos) await undo();
process.stdout.write(JSON.stringify({ clearMs, undoMs }));

/** The backup has ended with the last that was heard of it before a phase of the clear's own. */
async function clearAfterItsBackup(): Promise<number> {
  let backupEnded = Number.NaN;
  let backing = true;
  const phases = new Map<string, number>();
  const onProgress = ({ phase }: { phase: string }): void => {
    const begun = !Number.isNaN(backupEnded);
    if (!begun && building.includes(phase)) return; // a twin that is built before the backup
    if (afterBackup.includes(phase)) backing = false;
    if (backing) backupEnded = systemClock.elapsed();
    else if (!phases.has(phase)) phases.set(phase, systemClock.elapsed() - backupEnded);
  };
  const ports = await connect(signal);
  const clear = { ...request, everything: false, dryRun: false, note: '' };
  const { outcome } = await clearDatabase(ports, policy, clear, { signal, onProgress });
  const ms = systemClock.elapsed() - backupEnded;
  if (backing || outcome !== 'cleared') throw new Error(`The clear ended as ${outcome}.`);
  const begun = [...phases].map(([phase, after]) => `${phase} after ${after.toFixed(0)}`).join(', ');
  process.stderr.write(`  clear after its backup: ${ms.toFixed(0)} ms (${begun})\n`);
  return ms;
}

async function undo(): Promise<void> {
  const ports = await connect(signal);
  const started = systemClock.elapsed();
  await undoLast(ports, policy, request, { signal, onProgress: () => {} });
  undoMs.push(systemClock.elapsed() - started);
  process.stderr.write(`  undo: ${undoMs.at(-1)?.toFixed(0)} ms\n`);
}
