import { copyProject, type Env, type ProjectCopy } from './cli.ts';
import { type Expected, openTerminal, type Terminal } from './terminal.ts';

interface MenuOptions {
  /** Where it runs: what is set up once for several menus. Without one it gets a fresh copy of its own. */
  project?: ProjectCopy;
  /** Such as `DB_CONTAINER` and `BACKUP_DIR`. */
  env?: Env;
  args?: readonly string[];
  columns?: number;
  rows?: number;
}

/** The menu at a real terminal, started as its entry points start it. */
export async function openMenu(options: MenuOptions = {}): Promise<Terminal & { project: ProjectCopy }> {
  const { env = {}, args = [], ...size } = options;
  const project = options.project ?? (await copyProject());
  const removeProject = async (): Promise<void> => {
    if (options.project === undefined) await project[Symbol.asyncDispose]();
  };
  const opened = openTerminal({
    command: [process.execPath, 'scripts/start.js', 'clear', ...args],
    cwd: project.folder,
    env: { ...project.env, ...env },
    ...size,
  });
  const terminal = await opened.catch(async (error: unknown) => {
    await removeProject();
    throw error;
  });
  const end = terminal[Symbol.asyncDispose];
  return Object.assign(terminal, {
    project,
    [Symbol.asyncDispose]: async () => {
      await end();
      await removeProject();
    },
  });
}

/** Milliseconds from the start of the command until the screen has a text; to be asked at once after opening. */
export async function timeToFrame(terminal: Terminal, expected: Expected, limitMs?: number): Promise<number> {
  await terminal.waitFor(expected, limitMs);
  return Date.now() - terminal.startedAt;
}

/**
 * Milliseconds from a key until the screen shows an effect of it.
 *
 * @param expected Where the screen changes by itself, what only the key makes appear; else any other text.
 */
export async function keyLatency(terminal: Terminal, key: string, expected?: Expected): Promise<number> {
  await terminal.idle();
  const before = terminal.screen().join('\n');
  const changed = (screen: string[]): boolean => screen.join('\n') !== before;
  const pressedAt = performance.now();
  terminal.press(key);
  await terminal.waitFor(expected ?? changed);
  return performance.now() - pressedAt;
}
