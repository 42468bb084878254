import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dockerOrThrow, pauseContainer } from '../support/docker.ts';
import { debris, withoutDebris } from '../support/docker-ports.ts';
import { type MenuTarget, type MenuTargets, menuTargets } from '../support/menu-targets.ts';
import { openSession } from '../support/open-session.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { contentsOf } from '../support/store-sets.ts';
import type { Expected, Terminal } from '../support/terminal.ts';

describeWithDocker('the menu at a container that comes and goes', () => {
  let targets: MenuTargets;
  let shop: MenuTarget;

  beforeAll(async () => {
    // Its data lies in memory and would be gone after a stop: it goes into the container's own layer.
    targets = await menuTargets({ env: { PGDATA: '/var/lib/kept' } });
    shop = await targets.target('shop');
  });

  afterAll(() => targets?.[Symbol.asyncDispose]());

  const container = (): string => targets.server.name;
  const stopped = (): string => `shop ● The container ${container()} is stopped.`;

  /**
   * Waits inside the server for a look of the menu. A container may be paused while one waits or when it is over,
   * but not while one is started: Docker (20.10) then blocks for ever, and every other command on the container with it.
   */
  const look = (is: 'over' | 'waiting'): Promise<string> => {
    const found = `EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'kubegram-look%'
      ${is === 'waiting' ? "AND wait_event_type = 'Lock'" : ''})`;
    const until = (condition: string): string =>
      `LOOP PERFORM pg_stat_clear_snapshot(); EXIT WHEN ${condition}; PERFORM pg_sleep(0.005); END LOOP;`;
    const over = is === 'over' ? until(`NOT ${found}`) : '';
    return targets.server.sql(`DO $$ BEGIN ${until(found)} ${over} END $$`, { database: 'postgres' });
  };

  /** How soon it shows is for `make bench` to say. */
  async function soonAfter(menu: Terminal, command: string[], expected: Expected): Promise<string[]> {
    await (command[0] === 'pause' ? pauseContainer(container()) : dockerOrThrow([...command, container()]));
    const isReady = ['timeout', '20', 'sh', '-c', 'until pg_isready -q; do sleep 0.02; done'];
    if (command[0] === 'start') await targets.server.exec(isReady);
    return menu.waitFor(expected);
  }

  test('shows by itself that it is lost and that it is back', async () => {
    await using menu = await shop.open({ columns: 110 });
    const back = /^shop ● running, .*, PostgreSQL 17/m;
    await look('over');
    const paused = await soonAfter(menu, ['pause'], `shop ● The container ${container()} is paused.`);
    expect(menu.cell(menu.find('●')?.column ?? -1, 0).foreground).toBe('red');
    expect(paused).toContain(`  b  Back up       The container ${container()} is paused.`);
    menu.press('b');
    await menu.waitFor(`Type: docker unpause ${container()}`);
    // All that needs no database can be done.
    menu.press('l');
    await menu.waitFor('There are no backups yet');
    menu.press('escape', 's');
    await menu.waitFor(`Folder     ${shop.folder}`);
    menu.press('escape');
    const again = await soonAfter(menu, ['unpause'], back);
    expect(again).toContain('  b  Back up       back the database up, with a note');
    expect(again.join('\n')).not.toContain('paused');

    await soonAfter(menu, ['stop'], stopped());
    // One that is opened now works as well as soon as the container runs.
    await using late = await shop.open({ columns: 110, shows: stopped() });
    late.press('C');
    await late.waitFor(`Type: docker start ${container()}`);
    await soonAfter(menu, ['start'], back);
    await late.waitFor(back);
    late.press('C');
    await late.waitFor('Type shop to go on:');
    menu.press('b', 'enter');
    await menu.waitFor('✓ Backed up shop: 43 rows');
    menu.press('q');
    expect(await menu.ended).toEqual({ exitCode: 0, signal: null });
    expect(menu.leftBehind()).toEqual([]);
  });

  test('shows it where the container was paused in the middle of a look, which never comes back', async () => {
    await using menu = await shop.open({ columns: 110 });
    // Every look at this database waits for it.
    const hold = 'BEGIN; LOCK TABLE pg_namespace IN ACCESS EXCLUSIVE MODE';
    const held = await openSession(targets.server, hold, { database: 'shop' });
    await look('waiting');
    await soonAfter(menu, ['pause'], `shop ● The container ${container()} is paused.`);
    await dockerOrThrow(['unpause', container()]);
    await held[Symbol.asyncDispose]();
    await menu.waitFor('● running');
    menu.press('q');
    expect((await menu.ended).exitCode).toBe(0);
  });

  test('a backup whose container is killed fails with the reason; the menu stays, and nothing is left of it', async () => {
    const before = await contentsOf(shop.folder);
    const hold = 'BEGIN; LOCK TABLE pg_init_privs IN ACCESS EXCLUSIVE MODE';
    await using _held = await openSession(targets.server, hold, { database: 'shop' });
    await using menu = await shop.open({ columns: 110 });
    menu.press('b', 'enter');
    await menu.waitFor('Looking at the database');
    await soonAfter(menu, ['kill'], stopped());
    // An engine that is slow to notice what it killed still calls the container running for a while.
    const failed =
      /Backing up shop failed: The (container \S+ is stopped|database server went away in the middle)/;
    await menu.waitFor(failed);
    expect(await contentsOf(shop.folder)).toEqual(before);
    await soonAfter(menu, ['start'], '● running');
    menu.press('b', 'enter');
    await menu.waitFor('✓ Backed up shop: 43 rows');
    menu.press('q');
    expect((await menu.ended).exitCode).toBe(0);
    expect(menu.history().join('\n')).toMatch(failed);
    expect(await withoutDebris(targets.server)).toEqual([]);
  });

  test('a second SIGTERM ends it at once where the container answers nothing', async () => {
    const hold = 'BEGIN; LOCK TABLE pg_init_privs IN ACCESS EXCLUSIVE MODE';
    await using _held = await openSession(targets.server, hold, { database: 'shop' });
    await using menu = await shop.open({ columns: 110 });
    menu.press('b', 'enter');
    await menu.waitFor('Looking at the database');
    await expect.poll(() => debris(targets.server), { timeout: 30_000 }).toContain('pg_dump');
    await look('over');
    await pauseContainer(container());
    try {
      menu.signal('SIGTERM');
      await menu.waitFor('Cancelling');
      await sleep(350); // what comes sooner is taken for the first one's echo
      menu.signal('SIGTERM');
      expect(await menu.ended).toEqual({ exitCode: 143, signal: null });
      expect(menu.leftBehind()).toEqual([]);
    } finally {
      await dockerOrThrow(['unpause', container()]);
    }
    expect((await targets.project.tool(['status'], shop.env)).exitCode).toBe(0);
  });
});
