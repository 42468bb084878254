import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface MarkedProcess {
  pid: number;
  commandLine: string;
}

/**
 * The living processes that have inherited a variable of the environment. So those are found, too, that have
 * a session of their own or whose parent is gone, and never one of somebody else's.
 */
export async function markedProcesses(mark: string): Promise<MarkedProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // Of somebody else's, or just gone; that of a dead one who is not collected yet is empty.
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      if (!environment.split('\0').includes(mark)) return [];
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return [{ pid: Number(pid), commandLine: commandLine.split('\0').join(' ').trim() }];
    }),
  );
  return found.flat();
}

/** Kills them but for one, and waits until none is left: they may start others meanwhile. */
export async function endMarkedProcesses(mark: string, except?: number): Promise<void> {
  for (;;) {
    const left = (await markedProcesses(mark)).filter(({ pid }) => pid !== except);
    if (left.length === 0) return;
    for (const { pid } of left) sendSignal(pid, 'SIGKILL');
    await sleep(5);
  }
}

export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** How a process is, with those that it started in the same session. */
export interface Activity {
  /** One of them is at work instead of waiting for something. */
  busy: boolean;
  /** How often they have gone to sleep: more of it means that one was awake meanwhile. */
  sleeps: number;
}

export function activityOf(pid: number, session: number): Activity {
  const stat = readNow(`/proc/${pid}/stat`);
  // proc(5): the name in brackets may hold anything; then state, parent, group, session.
  const [state, , , itsSession] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (Number(itsSession) !== session) return { busy: false, sleeps: 0 };
  const sleeps = /^voluntary_ctxt_switches:\s*(\d+)/m.exec(readNow(`/proc/${pid}/status`))?.[1] ?? '0';
  const children = readNow(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  const all = children.map((child) => activityOf(Number(child), session));
  return {
    busy: state !== 'S' || all.some(({ busy }) => busy),
    sleeps: all.reduce((sum, one) => sum + one.sleeps, Number(sleeps)),
  };
}

/** Empty where the process is gone. */
function readNow(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
