import { execFileSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';

/**
 * Makes a folder read-only after `fill`. Root ignores modes, so for root it is a mount of its own; where that
 * is not allowed this throws, because a test that did not run must not look like one that passed.
 *
 * @returns What takes it back.
 */
export async function readOnly(folder: string, fill: () => unknown): Promise<() => unknown> {
  if (process.getuid?.() !== 0) {
    await fill();
    await chmod(folder, 0o500);
    return () => chmod(folder, 0o700);
  }
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  const release = (): void => void execFileSync('umount', [folder]);
  try {
    await fill();
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

export function makeFifo(path: string): void {
  execFileSync('mkfifo', [path]);
}
