import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { steps } from '../../scripts/demo/script.ts';
import { systemClock } from '../../src/app/clock.ts';
import { readDump } from '../../src/core/dump/read-dump.ts';
import { folderStore } from '../../src/store/folder-store.ts';

const project = resolve(import.meta.dirname, '../..');

async function runDemo(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['scripts/demo.ts'], {
    cwd: project,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { stdout, stderr, exitCode };
}

let elsewhere: string;

beforeAll(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), 'kubegram-demo-'));
});
afterAll(() => rm(elsewhere, { recursive: true, force: true }));

test('the demo shows the whole round, through a pipe, whatever the environment says', {
  timeout: 240_000,
}, async () => {
  const { stdout, stderr, exitCode } = await runDemo({
    NODE_ENV: 'production',
    DB_TARGET: 'docker',
    BACKUP_DIR: elsewhere,
    BACKUP_COMPRESSION: 'true',
  });
  expect(stderr).not.toMatch(/stopped|Error/);
  expect(exitCode).toBe(0);
  const commands = stdout.match(/^\$ node scripts\/start\.js (\w+)/gm)?.map((line) => line.split(' ').at(-1));
  expect(commands).toEqual(steps.map(({ command }) => command[0]));
  const lines = [
    /^Backed up kubegram: 1 005 rows in 7 tables/m,
    /^Cleared kubegram of 1 005 rows in 7 tables/m,
    /^Undone: kubegram/m,
    /^Restored kubegram from kubegram_backup_\d{8}_\d{6}: 1 005 rows/m,
    /^Verified kubegram_backup_\d{8}_\d{6}: contents equal/m,
    /^What happened:/m,
    /docker compose up -d postgres/,
  ];
  for (const line of lines) expect(stdout).toMatch(line);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
  expect(stdout + stderr).not.toMatch(/[\u001b\u{1f300}-\u{1faff}]/u);

  const sets = await folderStore(join(project, '.demo/backups'), systemClock).list();
  expect(sets.length).toBeGreaterThan(0);
  for (const set of sets) {
    if (set.state !== 'complete') throw new Error(`${set.id} is not whole: ${set.because}`);
    const reader = readDump();
    reader.write(await readFile(join(project, '.demo/backups', set.dataFile)));
    expect(reader.end()).toMatchObject({ complete: true, forbidden: null, rows: set.manifest.total_records });
  }
  expect(sets[0]).toMatchObject({ manifest: { verification: { level: 'contents' } } });
});

test('a demo whose step fails stops there and says so', { timeout: 120_000 }, async () => {
  const { stdout, stderr, exitCode } = await runDemo({ NODE_OPTIONS: `--import=${breakingStart()}` });
  expect(exitCode).toBe(7);
  expect(stdout).not.toContain('What happened');
  expect(stderr).toContain('The demo stopped: its last command ended with exit code 7.');
});

/** A module that ends the tool's command, and only that, before it begins. */
function breakingStart(): string {
  return `data:text/javascript,${encodeURIComponent("if (process.argv[1]?.endsWith('start.js')) process.exit(7);")}`;
}
