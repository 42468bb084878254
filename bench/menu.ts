import { join } from 'node:path';
import { openTerminal, type Terminal } from '../test/support/terminal.ts';

export interface MenuFigures {
  /** From the start of the command to its first frame, in milliseconds; by the command that was typed. */
  firstFrame: { command: string; ms: number[] }[];
  /** From a key to its effect on the screen while a backup runs, in milliseconds. */
  keyMs: number[];
  /** How long those backups took, in milliseconds: the keys were pressed during them. */
  backupMs: number[];
}

const project = join(import.meta.dirname, '..');
const commands = [['make', 'clear-db'], ['npm', 'run', '-s', 'db:clear'], ['./scripts/clear-database.sh']];

/** Opens the menu at a real terminal, as people do, and presses keys while it is at work. */
export async function measureMenu(env: Record<string, string>, rounds: number): Promise<MenuFigures> {
  const firstFrame = commands.map((command) => ({ command: command.join(' '), ms: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const [at, command] of commands.entries()) {
      await using terminal = await open(command, env);
      await terminal.waitFor('List backups');
      firstFrame[at]?.ms.push(Date.now() - terminal.startedAt);
      await close(terminal);
    }
  }
  const keyMs: number[] = [];
  const backupMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await using terminal = await open(['./scripts/clear-database.sh'], env);
    await pressKeys(terminal, keyMs, backupMs);
    await close(terminal);
  }
  return { firstFrame, keyMs, backupMs };
}

function open(command: readonly string[], env: Record<string, string>): Promise<Terminal> {
  return openTerminal({ command, env, cwd: project, columns: 100, rows: 30 });
}

/** Two places of which each shows what the other has not. */
const places = [
  { key: 's', shows: 'Folder ' },
  { key: 'l', shows: 'AGE↓' },
];

async function pressKeys(terminal: Terminal, keyMs: number[], backupMs: number[]): Promise<void> {
  await terminal.readsKeys();
  await terminal.waitFor('● running');
  terminal.press('b');
  await terminal.waitFor('Note (may stay empty)');
  const startedAt = performance.now();
  terminal.press('enter');
  await terminal.waitFor('Dumping');
  for (let at = 0; terminal.screen().join('\n').includes('Ctrl-C cancels'); at++) {
    const { key, shows } = places[at % 2] as (typeof places)[number];
    const pressedAt = performance.now();
    terminal.press(key);
    await terminal.waitFor(shows);
    keyMs.push(performance.now() - pressedAt);
    await new Promise((resolve) => setTimeout(resolve, 37)); // at no beat of the screen's own
  }
  backupMs.push(performance.now() - startedAt);
}

async function close(terminal: Terminal): Promise<void> {
  await terminal.readsKeys();
  terminal.press('q');
  await terminal.ended;
}
