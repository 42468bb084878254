import { systemClock } from '../../src/app/clock.ts';
import type { Clock } from '../../src/core/ports/clock.ts';

/** `set back`: to the second in which the newest backup was made, whose name is taken. */
export const clockFaults = ['throws', 'set back', 'ahead'] as const;

export interface ClockFault {
  kind: (typeof clockFaults)[number];
  nth: number;
  /** Whether the time stays wrong. */
  lasting: boolean;
}

/** What a clock throws that `throws`. */
export const noTime = new Error('There is no time, as the test wants it.');

const fiftyYears = 50 * 365.25 * 86_400_000;

/** The real clock, of which the n-th call goes wrong. Without a fault calls are only counted. */
export function faultyClock(newestBackup: Date, failure?: ClockFault) {
  let calls = 0;
  const setBack = Date.now() - newestBackup.getTime();
  const shift = (): number => {
    calls++;
    if (failure === undefined || calls < failure.nth || (calls > failure.nth && !failure.lasting)) return 0;
    if (failure.kind === 'throws') throw noTime;
    return failure.kind === 'ahead' ? fiftyYears : -setBack;
  };
  const clock: Clock = {
    now: () => new Date(systemClock.now().getTime() + shift()),
    elapsed: () => systemClock.elapsed() + Math.max(0, shift()), // it never goes back
    sleep: async (milliseconds, signal) => {
      shift();
      await systemClock.sleep(milliseconds, signal);
    },
  };
  return {
    clock,
    calls: (): number => calls,
    hasFailed: (): boolean => failure !== undefined && calls >= failure.nth,
  };
}
