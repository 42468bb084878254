import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Long and unlike anything else: where it occurs, a secret came through. */
export const CANARY_SECRET = 'Canary-7f3a9c-Secret';

/**
 * A `docker` that notes its arguments and becomes the real one: the tool starts nothing else, so these are the
 * arguments of all its children, also of those that live too shortly to be seen in /proc.
 */
export async function notedDocker(folder: string): Promise<{ path: string; notes(): Promise<string> }> {
  await mkdir(folder, { recursive: true });
  const log = join(folder, 'arguments');
  await writeFile(log, '');
  const lines = ['#!/bin/sh', `printf '%s\\n' "$*" >> '${log}'`, `PATH="$REAL_PATH" exec docker "$@"`, ''];
  await writeFile(join(folder, 'docker'), lines.join('\n'));
  await chmod(join(folder, 'docker'), 0o755);
  return { path: folder, notes: () => readFile(log, 'utf8') };
}

/** The command lines of all processes of this machine that hold a text, now. */
export async function commandLinesWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    if (line.includes(text)) found.push(line.replaceAll('\0', ' '));
  }
  return found;
}
