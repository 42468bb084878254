import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../test/support/container.ts';
import { dockerOrThrow } from '../test/support/docker.ts';
import { openTerminal, type Terminal } from '../test/support/terminal.ts';
import type { MenuFigures } from './figures/result.ts';
import { project } from './measure.ts';

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
  return { firstFrame, keyMs, backupMs, ...(await measureLoss(2 * rounds)) };
}

async function measureLoss(rounds: number): Promise<Pick<MenuFigures, 'lostMs' | 'backMs'>> {
  // Not in memory: the data has to be there when the container comes back.
  await using server = await startPostgres({ env: { PGDATA: '/var/lib/kept' } });
  const folder = await mkdtemp(join(tmpdir(), 'kubegram-bench-'));
  const env = { DB_CONTAINER: server.name, DB_NAME: server.database, BACKUP_DIR: folder };
  const lostMs: number[] = [];
  const backMs: number[] = [];
  {
    await using terminal = await open(['./scripts/clear-database.sh'], env);
    for (let round = 0; round < rounds; round++) {
      await terminal.waitFor('● running');
      await dockerOrThrow(['kill', server.name]);
      lostMs.push(await until(terminal, 'is stopped'));
      await dockerOrThrow(['start', server.name]);
      await server.exec(['sh', '-c', 'until pg_isready -q; do sleep 0.02; done']);
      backMs.push(await until(terminal, '● running'));
    }
    await close(terminal);
  }
  await rm(folder, { recursive: true });
  return { lostMs, backMs };
}

async function until(terminal: Terminal, text: string): Promise<number> {
  const from = performance.now();
  await terminal.waitFor(text);
  return performance.now() - from;
}

/** What `make bench ARGS=…` was given reaches every make below it, which would hand it to the menu. */
const noArguments = { ARGS: '', MAKEFLAGS: '', MFLAGS: '', MAKEOVERRIDES: '' };

function open(command: readonly string[], env: Record<string, string>): Promise<Terminal> {
  return openTerminal({ command, env: { ...env, ...noArguments }, cwd: project, columns: 100, rows: 30 });
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
