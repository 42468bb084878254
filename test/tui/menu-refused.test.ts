import { afterAll, beforeAll, expect, test } from 'vitest';
import { dockerOrThrow } from '../support/docker.ts';
import { openMenu } from '../support/menu.ts';
import { type MenuTarget, type MenuTargets, menuTargets } from '../support/menu-targets.ts';
import { describeWithDocker } from '../support/require-docker.ts';

const enter = '\u001b[?1049h';

describeWithDocker('clear without the menu', () => {
  let targets: MenuTargets;
  let shop: MenuTarget;

  beforeAll(async () => {
    targets = await menuTargets();
    shop = await targets.target('shop');
    expect((await targets.project.tool(['backup', '--note', 'a note'], shop.env)).exitCode).toBe(0);
  });

  afterAll(() => targets?.[Symbol.asyncDispose]());

  const rows = (): Promise<string> => shop.sql('SELECT count(*) FROM users');

  /** Where one is, and what to type instead. */
  function expectEquivalents(text: string): void {
    expect(text).toContain(`Database   shop in ${targets.server.name}\n`);
    expect(text).toMatch(/\nBackups {4}1 \(\d\.\d kB\), the newest just now, hash checked\n/);
    expect(text).toMatch(/\npublic\.users +~40 /);
    expect(text).toMatch(/\nshop_backup_\d{8}_\d{6}.*a note\n|\nshop_backup_\d{8}_\d{6}\n[\s\S]*a note\n/);
    expect(text).toContain('\n  npm run db:backup\n');
    expect(text).toContain('\n  npm run db:clear -- --confirm=shop\n');
    expect(text).toContain('\n  npm run restore BACKUP -- --confirm=shop\n');
    expect(text).toContain('\n  npm run db:undo -- --confirm=shop\n');
    expect(text).not.toContain('\u001b');
  }

  test.each([
    ['a pipe', {}],
    ['a pipe and CI', { CI: 'true' }],
    ['a pipe, and colours forced', { FORCE_COLOR: '1' }],
  ])('%s gets the status and the equivalent commands, and exit code 2', async (_what, env) => {
    const { exitCode, stdout } = await targets.project.tool(['clear'], { ...shop.env, ...env });
    expect(exitCode).toBe(2);
    expectEquivalents(stdout);
    expect(await rows()).toBe('40');
  });

  test.each([
    ['make', ['make', '-s', 'clear-db']],
    ['npm', ['npm', 'run', '-s', 'db:clear']],
    ['the shell', ['./scripts/clear-database.sh']],
  ])('%s passes it on', async (_what, argv) => {
    const { exitCode, stdout } = await targets.project.run(argv, shop.env);
    expect(exitCode).toBe(2);
    expectEquivalents(stdout);
  });

  test.each([
    ['TERM=dumb', { TERM: 'dumb' }],
    ['CI=true', { CI: 'true' }],
  ])('a terminal with %s gets the same, line by line', async (_what, env) => {
    await using terminal = await openMenu({
      project: targets.project,
      env: { ...shop.env, ...env },
      columns: 120,
      rows: 40,
    });
    expect(await terminal.ended).toEqual({ exitCode: 2, signal: null });
    expectEquivalents(`${terminal.history().join('\n')}\n`);
    expect(terminal.bytes()).not.toContain(enter);
    expect(terminal.leftBehind()).toEqual([]);
  });

  test('it never hangs: neither where input stays open, nor where the database does not answer', async () => {
    const open = targets.project.start([process.execPath, 'scripts/start.js', 'clear'], shop.env);
    expect((await open.ended).exitCode).toBe(2);
    await dockerOrThrow(['pause', targets.server.name]);
    try {
      const lost = await targets.project.tool(['clear'], shop.env);
      expect(lost.exitCode).toBe(2);
      expect(lost.stdout).toContain(`The container ${targets.server.name} is paused.`);
      expect(lost.stdout).toContain('--confirm=DATABASE');
      expect(lost.stderr).toContain(`Type: docker unpause ${targets.server.name}`);
    } finally {
      await dockerOrThrow(['unpause', targets.server.name]);
    }
  });

  test.each([
    [['--dry-run'], 0, 'Dry run: 43 rows in 2 tables of shop would go; nothing was changed.'],
    [['--confirm=shopp'], 2, 'was given another name'],
    [['--everything', '--confirm='], 2, '--confirm=shop'],
    [['--nonsense'], 2, '--nonsense'],
    [['--help'], 0, 'make clear-db'],
  ])('clear %s is a command of lines, at a terminal too', async (args, exitCode, said) => {
    await using terminal = await openMenu({ project: targets.project, env: shop.env, args, columns: 120 });
    expect(await terminal.ended).toEqual({ exitCode, signal: null });
    expect(terminal.history().join('\n')).toContain(said);
    expect(terminal.bytes()).not.toContain(enter);
    expect(terminal.leftBehind()).toEqual([]);
    expect(await rows()).toBe('40');
  });

  test('--no-color alone opens the menu, without colours', async () => {
    await using menu = await openMenu({ project: targets.project, env: shop.env, args: ['--no-color'] });
    await menu.waitFor('● running');
    await menu.readsKeys();
    expect(menu.isAlternate()).toBe(true);
    for (let column = 0; column < 100; column++)
      expect(menu.cell(column, 0)).toMatchObject({ foreground: 'default', background: 'default' });
    menu.press('q');
    expect((await menu.ended).exitCode).toBe(0);
  });

  test('production is refused in lines as it is in the menu', async () => {
    const env = { ...shop.env, NODE_ENV: 'production' };
    const refused = await targets.project.tool(['clear', '--confirm=shop'], env);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('NODE_ENV says that this is production.');
    expect(await rows()).toBe('40');
  });

  test('--confirm clears, at a terminal too, without the menu', async () => {
    await using terminal = await openMenu({
      project: targets.project,
      env: shop.env,
      args: ['--confirm=shop'],
      columns: 120,
    });
    expect(await terminal.ended).toEqual({ exitCode: 0, signal: null });
    expect(terminal.history().join('\n')).toContain('Cleared shop of 43 rows in 2 tables');
    expect(terminal.bytes()).not.toContain(enter);
    expect(terminal.leftBehind()).toEqual([]);
    expect(await rows()).toBe('0');
  });
});
