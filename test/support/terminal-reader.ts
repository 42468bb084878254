import { activityOf } from './terminal-processes.ts';

/** Who is not woken by a key within this time, in milliseconds, reads lines. */
const deafMs = 100;

/** Tells whether a command has read what was written to its terminal last: the kernel hands it on a little later. */
export function readerOf(pid: number, session: number) {
  let sleeps = 0;
  let wroteAt = Number.NEGATIVE_INFINITY;
  return {
    /** To be called before each write. */
    writes(): void {
      sleeps = activityOf(pid, session).sleeps;
      wroteAt = performance.now();
    },
    isBusy(): boolean {
      const now = activityOf(pid, session);
      const waking = now.sleeps === sleeps && performance.now() - wroteAt < deafMs;
      return now.busy || waking;
    },
  };
}
