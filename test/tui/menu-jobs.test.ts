import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { debris, withoutDebris } from '../support/docker-ports.ts';
import { type MenuTarget, type MenuTargets, menuTargets } from '../support/menu-targets.ts';
import { openSession } from '../support/open-session.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';
import { contentsOf, sha256 } from '../support/store-sets.ts';
import type { Terminal } from '../support/terminal.ts';

/**
 * pg_dump reads it: while somebody holds it, a dump waits, and nothing else does. (A catalog that the server keeps
 * in a cache, such as pg_transform, now and then keeps new sessions waiting too: those that fill the cache anew.)
 */
const holdDumps = 'BEGIN; LOCK TABLE pg_init_privs IN ACCESS EXCLUSIVE MODE';

/** Each row of an index takes a quarter of a second, when it is built anew by a restore. */
const slowIndex = `
CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE INDEX ON users (slow(id));
CREATE OR REPLACE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql
  AS 'BEGIN PERFORM pg_sleep(0.25); RETURN $1; END'`;

type Size = [columns: number, rows: number];

const signals = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130 } as const;
const signalled = Object.entries(signals) as [keyof typeof signals, number][];

describeWithDocker('work in the menu', () => {
  let targets: MenuTargets;
  let shop: MenuTarget;

  beforeAll(async () => {
    targets = await menuTargets();
    shop = await targets.target('shop');
    await using menu = await shop.open();
    menu.press('b', 'enter');
    await menu.waitFor('✓ Backed up');
    await shop.sql(`UPDATE users SET email = 'live' WHERE id = 1`);
  });

  afterAll(() => targets?.[Symbol.asyncDispose]());

  const hold = (): ReturnType<typeof openSession> =>
    openSession(targets.server, holdDumps, { database: 'shop' });
  /** What the holding session itself is: all that may be in the container while it lasts. */
  const holder = ['psql'];

  /** Everything that a job that is given up must leave as it was. */
  async function state(target = shop): Promise<string> {
    const rows = await target.sql('SELECT * FROM users ORDER BY id');
    const files = Object.entries(await contentsOf(target.folder));
    return [rows, ...files.map(([name, text]) => `${name} ${sha256(text)}`)].join('\n');
  }

  /** A backup that surely waits, its pg_dump at work in the container. */
  async function startBackup(menu: Terminal): Promise<void> {
    menu.press('b', 'enter');
    await menu.waitFor('Backing up shop');
    await soon(() => debris(targets.server)).toContain('pg_dump');
  }

  async function expectEnded(menu: Terminal, exitCode: number): Promise<void> {
    expect(await menu.ended).toEqual({ exitCode, signal: null });
    expect(menu.leftBehind()).toEqual([]);
    expect(menu.isAlternate()).toBe(false);
  }

  test('a backup is cancelled by Ctrl-C, and nothing of it is left', async () => {
    const before = await state();
    await using menu = await shop.open();
    await using held = await hold();
    await startBackup(menu);
    await menu.waitFor('Ctrl-C cancels');
    // All can be looked at meanwhile, and what cannot be done says why.
    menu.press('l');
    await menu.waitFor(/^❯ shop_backup_/m);
    menu.press('p');
    await menu.waitFor('Backing up shop is not over yet.');
    expect(menu.find('Restore') && menu.cell(menu.find('Restore')?.column ?? 0, 29).dim).toBe(true);
    menu.press('ctrl+c');
    await menu.waitFor('Cancelling … Ctrl-C once more ends at once');
    await menu.waitFor('Cancelled: Backing up shop. Nothing was left half done.');
    await soon(() => debris(targets.server)).toEqual(holder);
    expect(await state()).toBe(before);
    await held[Symbol.asyncDispose]();
    // The menu is as good as new.
    menu.press('v');
    await menu.waitFor('✓ Verified shop_backup_');
    menu.press('q');
    await expectEnded(menu, 0);
    expect(menu.history()).toEqual([
      'Cancelled: Backing up shop. Nothing was left half done.',
      expect.stringMatching(/^Verified shop_backup_/),
    ]);
  });

  test('a restore is cancelled by Ctrl-C: the live data and the folder are as they were', async () => {
    const slow = await targets.target('slow', slowIndex);
    await using menu = await slow.open({ columns: 110 });
    menu.press('b', 'enter');
    await menu.waitFor('✓ Backed up');
    const before = await state(slow);
    menu.press('r', 'enter');
    await menu.waitFor('Type slow to go on:');
    menu.burst('slow\r');
    await menu.waitFor('Building indexes');
    await menu.waitFor(/^Restoring slow {2}[\d.]+ s {2}Ctrl-C cancels$/m);
    expect((await debris(targets.server)).join()).toContain('slow__kubegram_shadow_');
    menu.press('ctrl+c');
    await menu.waitFor('Cancelled: Restoring slow. Nothing was left half done.');
    expect(await withoutDebris(targets.server)).toEqual([]);
    expect(await state(slow)).toBe(before);
    menu.press('q');
    await expectEnded(menu, 0);
  });

  test('a second Ctrl-C ends at once, with nothing left in the container', async () => {
    const before = await state();
    await using menu = await shop.open();
    await using _held = await hold();
    await startBackup(menu);
    menu.press('ctrl+c', 'ctrl+c');
    await expectEnded(menu, 130);
    await soon(() => debris(targets.server)).toEqual(holder);
    await soon(() => menu.processes()).toEqual([]);
    // Its file may still be there: the next command that looks after the folder takes it away.
    expect((await targets.project.tool(['status'], shop.env)).exitCode).toBe(0);
    expect(await state()).toBe(before);
  });

  test('q asks while it goes on; a yes cancels it and closes', async () => {
    const before = await state();
    await using menu = await shop.open();
    await using _held = await hold();
    await startBackup(menu);
    for (const no of ['n', 'q', 'enter', 'escape']) {
      menu.press('q');
      await menu.waitFor('Backing up shop is not over yet. Cancel it and close the menu?');
      menu.press(no);
      await menu.waitFor((screen) => !screen.join('\n').includes('(y/N)'));
    }
    expect(await debris(targets.server)).toContain('pg_dump');
    menu.press('q', 'y');
    await expectEnded(menu, 130);
    expect(menu.history()).toEqual(['Cancelled: Backing up shop. Nothing was left half done.']);
    expect(await menu.processes()).toEqual([]);
    await soon(() => debris(targets.server)).toEqual(holder);
    expect(await state()).toBe(before);
  });

  test('the screen has what one that was opened at its size has, resized as it goes on', async () => {
    const other = await targets.target('shoq');
    await using _held = await hold();
    await using _other = await openSession(targets.server, holdDumps, { database: 'shoq' });
    const small: Size = [60, 16];
    const large: Size = [200, 60];
    await using menu = await shop.open({ columns: 100, rows: 24 });
    await startBackup(menu);
    const open = async (target: MenuTarget, [columns, rows]: Size): Promise<Terminal> => {
      const fresh = await target.open({ columns, rows });
      fresh.press('b', 'enter');
      await fresh.waitFor('Looking at the database');
      return fresh;
    };
    // Only one backup of a database at a time: the screens to compare with are another's, of the same length.
    for (const size of someOf([small, large], 1)) {
      await using fresh = await open(other, size);
      menu.resize(...size);
      await menu.waitFor((screen) => plain(screen).join('\n') === plain(fresh.screen()).join('\n'));
      expect(menu.screen()).toHaveLength(size[1]);
      expect(menu.screen()[0]).toMatch(/^shop ● running/);
      expect(menu.screen().at(-1)).toBe('Enter Choose  ? Keys  q Quit');
      fresh.press('ctrl+c');
      await fresh.waitFor('Cancelled:');
    }
    // One after the other, faster than it can be drawn.
    for (const size of [large, small, [61, 17], [140, 40], [100, 24]] satisfies Size[]) menu.resize(...size);
    await menu.waitFor(
      (screen) => screen[0]?.startsWith('shop ●') === true && screen[23]?.endsWith('q Quit') === true,
    );
    expect(menu.screen()[2]).toBe('─'.repeat(100));
    expect(menu.bytes()).not.toContain('\u001b[3J');
    menu.press('ctrl+c');
    await menu.waitFor('Cancelled: Backing up shop.');
    menu.press('q');
    await expectEnded(menu, 0);
    expect(menu.history()).toEqual(['Cancelled: Backing up shop. Nothing was left half done.']);
  });

  test.each(someOf(signalled, 1))('%s closes an idle menu with %i', async (signal, exitCode) => {
    await using menu = await shop.open();
    menu.press('l', '/');
    await menu.waitFor('/▏ 1/1');
    menu.signal(signal);
    await expectEnded(menu, exitCode);
    expect(menu.history()).toEqual([]);
    expect(await menu.processes()).toEqual([]);
  });

  test.each(someOf(signalled, 1, 1))(
    '%s cancels what runs, then closes with %i',
    async (signal, exitCode) => {
      const before = await state();
      await using menu = await shop.open();
      await using _held = await hold();
      await startBackup(menu);
      menu.signal(signal);
      await expectEnded(menu, exitCode);
      expect(menu.history()).toEqual(['Cancelled: Backing up shop. Nothing was left half done.']);
      expect(await menu.processes()).toEqual([]);
      await soon(() => debris(targets.server)).toEqual(holder);
      expect(await state()).toBe(before);
    },
  );

  test('a window that is closed ends it in good order', async () => {
    const before = await state();
    // Before the menu: a child that is started later would keep this side of the terminal open.
    await using _held = await hold();
    await using menu = await shop.open();
    await startBackup(menu);
    menu.hangUp();
    await soon(() => menu.processes()).toEqual([]);
    await soon(() => debris(targets.server)).toEqual(holder);
    expect(await state()).toBe(before);
    expect((await menu.ended).exitCode).toBe(129);
  });

  test.each([
    ['an uncaught exception', 'throw new Error("it is provoked")', false],
    ['a rejection that nobody handles', 'Promise.reject(new Error("it is provoked"))', false],
    ['an uncaught exception during a backup', 'throw new Error("it is provoked")', true],
  ])('%s leaves the terminal clean, and is told on the normal screen', async (_what, failure, working) => {
    const before = await state();
    const trigger = join(targets.project.folder, 'trigger.mjs');
    await writeFile(
      trigger,
      `if (process.argv[1]?.endsWith('start.js')) process.on('SIGUSR2', () => setTimeout(() => { ${failure} }));`,
    );
    await using menu = await shop.open({ env: { NODE_OPTIONS: `--import=${pathToFileURL(trigger).href}` } });
    await using _held = await hold();
    if (working) await startBackup(menu);
    menu.signal('SIGUSR2');
    await expectEnded(menu, 1);
    expect(menu.history().join('\n')).toMatch(/^Something went wrong that should not: it is provoked/);
    expect(menu.history().join('\n')).not.toMatch(/\n +at /);
    await soon(() => debris(targets.server)).toEqual(holder);
    await soon(() => menu.processes()).toEqual([]);
    expect((await targets.project.tool(['status'], shop.env)).exitCode).toBe(0);
    expect(await state()).toBe(before);
  });
});

/** Polled for longer than vitest does by itself: two cores are shared. */
function soon<T>(look: () => Promise<T>) {
  return expect.poll(look, { timeout: 30_000 });
}

/** A screen without its clocks and without which of the two databases it is of. */
function plain(screen: string[]): string[] {
  return screen.map((line) =>
    line
      .replaceAll(/shop|shoq/g, 'name')
      .replaceAll(/\d+(\.\d)? s\b/g, '(time)')
      .replace(/^Backups .*/, '(backups)')
      .replaceAll(/\d+\.\d MB, \d connections?/g, '(size)')
      .replace(/^( {2}r {2}Restore).*/, '$1'),
  );
}
