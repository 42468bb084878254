import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

/** Ink's own: takes the screen down, runs what it is given, and draws the screen again whole. */
export type Suspend = (meanwhile: () => Promise<void>) => Promise<void>;

interface Means {
  suspend: Suspend;
  /** Somebody has sent SIGTSTP. */
  onStop(): void;
  onFailure(error: NodeJS.ErrnoException): void;
  isClosing(): boolean;
}

/** The shell's way with a program that is stopped and brought back: Ctrl-Z, `fg`, `bg`, `kill -STOP`. */
export function jobControl({ suspend, onStop, onFailure, isClosing }: Means) {
  let lent = false;
  const lend = async (meanwhile: () => Promise<void>): Promise<void> => {
    if (lent || isClosing()) return;
    lent = true;
    await suspend(meanwhile).catch(onFailure);
    lent = false;
  };
  // Stopped by force and brought back: the screen is no longer what Ink thinks it is, nor is the line's mode.
  const redraw = async (): Promise<void> => {
    if (!lent && (await isInFront(isClosing))) await lend(takeBack);
  };
  const onContinue = (): void => void redraw();
  const listen = (): void => void process.on('SIGTSTP', onStop).on('SIGCONT', onContinue);
  const ignore = (): void => void process.off('SIGTSTP', onStop).off('SIGCONT', onContinue);

  listen();
  process.once('exit', endBehind); // whenever it comes: who is closed in the background may be over before this hears of it
  return {
    /** Stops as one that got Ctrl-Z from a terminal in its usual mode; settles when `fg` has brought it back. */
    stop: () =>
      lend(async () => {
        ignore();
        process.kill(0, 'SIGTSTP'); // the whole group: the shell waits for npm or make, which started this
        if (!(await isInFront(isClosing))) return;
        listen();
        await takeBack();
      }),
    dispose: ignore,
  };
}

/** As its last act Node sets the line's mode, which would stop it in the background for good. */
function endBehind(exitCode: number): void {
  const ended = ({ 129: 'SIGHUP', 130: 'SIGINT', 143: 'SIGTERM' } as const)[exitCode];
  if (ended === undefined || !isBehind()) return;
  process.removeAllListeners(ended);
  process.kill(process.pid, ended);
}

async function takeBack(): Promise<void> {
  process.stdin.setRawMode(true); // before anything is written: where it fails, the terminal is not ours
  process.emit('SIGWINCH', 'SIGWINCH'); // nobody tells who is stopped that the size has changed
  await turn();
}

/**
 * Waits until the terminal is this group's: in the background all stops again, as the system does it to whoever
 * touches the terminal there.
 *
 * @returns False where the menu is to be closed instead: SIGTERM and SIGHUP are heard, at whatever time they came.
 */
async function isInFront(isClosing: () => boolean): Promise<boolean> {
  for (let stoppedAt = Number.NEGATIVE_INFINITY; ; ) {
    for (let round = 0; round < 2; round++) await turn();
    if (isClosing()) return false;
    // Who has no shell that would bring it back is not stopped; the terminal itself says what is wrong, then.
    if (!isBehind() || performance.now() - stoppedAt < 50) return true;
    stoppedAt = performance.now();
    process.kill(0, 'SIGTTOU');
  }
}

/** Whether the terminal is another group's. Where nothing tells (macOS), the system stops whoever touches it. */
function isBehind(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // proc(5): the name in brackets may hold anything; then state, parent, group, session, terminal, its group.
    const [, , group, , , front] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return front !== undefined && front > 0 && front !== group;
  } catch {
    return false;
  }
}
