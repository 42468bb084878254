import type { Launcher } from './launcher.ts';

/** How often the place of a running tool is looked at. */
const everyMs = 2000;

export interface Watch {
  /** Why the place was given up; undefined while it is there. */
  readonly lost: Error | undefined;
  stop(): void;
}

/**
 * Looks every two seconds whether the place where a tool runs is still there: the client of a paused or
 * removed container waits for ever and says nothing (FAULTS F4).
 */
export function watchPlace(launcher: Launcher, giveUp: () => void): Watch {
  let lost: Error | undefined;
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      await launcher.check();
    } catch (error) {
      lost = error instanceof Error ? error : new Error(String(error));
      giveUp();
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  return {
    get lost() {
      return lost;
    },
    stop: () => clearInterval(timer),
  };
}
