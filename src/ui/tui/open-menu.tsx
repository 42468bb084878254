import { render } from 'ink';
import { menuController } from './controller.ts';
import { jobControl, type Suspend } from './job-control.ts';
import type { MenuServices } from './services.ts';
import type { ResultLine } from './state.ts';
import { quietInput } from './terminal-replies.ts';
import { App } from './views/app.tsx';

export interface MenuEnd {
  exitCode: number;
  /** What was running is to be left to itself: the process ends at once. */
  force: boolean;
  /** What was done, for the normal screen. */
  results: readonly ResultLine[];
}

/**
 * Shows the menu on the terminal's other screen until it is closed, and leaves the terminal as it was.
 *
 * @param onInterrupt Is given what a signal shall do, with the exit code that it ends with.
 */
export async function openMenu(
  services: MenuServices,
  onInterrupt: (interrupt: (exitCode: number) => void) => void,
): Promise<MenuEnd> {
  const { stdin, stdout } = process;
  const size = { columns: stdout.columns || 80, rows: stdout.rows || 24 };
  const menu = menuController(services, size, () => control?.stop() ?? Promise.resolve());
  let leaving = false;
  let over = false;
  const leave = (exitCode: number): void => {
    if (!leaving) menu.interrupt(exitCode);
    leaving = true;
  };
  onInterrupt(leave);
  let control: ReturnType<typeof jobControl> | undefined;
  const onSuspend = (suspend: Suspend): void => {
    control ??= jobControl({
      suspend,
      onStop: () => menu.press(['ctrl+z']),
      onFailure: (error) => failed(error),
      isClosing: () => leaving || over,
    });
  };
  const screen = render(<App menu={menu} onSuspend={onSuspend} />, {
    stdin: quietInput(stdin),
    alternateScreen: true,
    interactive: true,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 60, // a key is answered with the next frame
  });
  // A terminal that is gone says nothing any more.
  const hangUp = (): void => leave(129);
  stdin.on('end', hangUp).on('close', hangUp);
  const failure = Promise.withResolvers<never>();
  let terminalGone = false;
  const failed = (error: NodeJS.ErrnoException): void => {
    terminalGone ||= error.code === 'EIO';
    // A window that is closed is no failure: what runs is given up in good order, with nobody to write to.
    if (terminalGone) leave(129);
    else failure.reject(error);
  };
  process.on('uncaughtException', failed);
  try {
    // The screen ends by itself only where drawing it failed.
    const broken = screen.waitUntilExit().then(() => Promise.reject(new Error('The screen was closed.')));
    const end = await Promise.race([menu.closed, broken, failure.promise]);
    return { ...end, results: menu.state().results };
  } finally {
    over = true;
    control?.dispose();
    if (!terminalGone) process.off('uncaughtException', failed);
    stdin.off('end', hangUp).off('close', hangUp);
    menu.dispose();
    screen.unmount();
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
  }
}
