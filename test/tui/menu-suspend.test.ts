import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MenuTarget, type MenuTargets, menuTargets } from '../support/menu-targets.ts';
import { openSession } from '../support/open-session.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';
import { openTerminal, type Terminal } from '../support/terminal.ts';

const shells = [
  ['bash', ['bash', '--norc', '--noprofile', '-i']],
  // It leaves the line as whoever was stopped has left it; bash sets it right by itself.
  ['sh', ['sh', '-i']],
] as const;
const starters = [
  ['npm', 'npm run db:clear'],
  ['make', 'make clear-db'],
  ['the script', './scripts/clear-database.sh'],
] as const;

describeWithDocker('the menu and the shell that it was started in', () => {
  let targets: MenuTargets;
  let target: MenuTarget;
  let asked = 0;

  beforeAll(async () => {
    targets = await menuTargets();
    target = await targets.target('stopped');
  });
  afterAll(() => targets?.[Symbol.asyncDispose]());

  /** A shell with job control, at whose prompt the menu was started, and is open. */
  async function openInShell(shell: readonly string[], line: string): Promise<Terminal> {
    const terminal = await openTerminal({
      command: shell,
      cwd: targets.project.folder,
      env: { ...targets.project.env, ...target.env, PS1: '$ ', HISTFILE: undefined, ENV: undefined },
      columns: 90,
      rows: 26,
    });
    await terminal.waitFor(/^\$/m);
    await type(terminal, line);
    await terminal.waitFor('● running');
    expect(terminal.isAlternate()).toBe(true);
    return terminal;
  }

  async function type(terminal: Terminal, line: string): Promise<void> {
    terminal.burst(`${line}\r`); // in one go: beside a stopped program each key waits for its answer
    await terminal.idle();
  }

  /** What a command says at the prompt, once it has said all of it. */
  async function said(terminal: Terminal, line: string): Promise<string> {
    const end = `(end ${++asked})`;
    await type(terminal, `clear; ${line}; echo "${end}"`);
    const screen = await terminal.waitFor((lines) => lines.includes(end));
    return screen.slice(0, screen.indexOf(end)).join('\n');
  }

  /** The shell has its terminal: its own screen, the cursor, a line that is edited and echoed. */
  async function expectShell(terminal: Terminal): Promise<void> {
    await terminal.waitFor(/Stopped|Suspended/);
    expect(terminal.isAlternate()).toBe(false);
    expect(terminal.screen().join('\n')).not.toContain('● running');
    expect(await said(terminal, 'stty -a')).toMatch(/ icanon [\s\S]* echo /);
    expect(terminal.cursorVisible()).toBe(true);
  }

  /** Of the whole group: the letters that ps has for how each is. */
  const states = async (terminal: Terminal): Promise<string[]> =>
    (
      await said(
        terminal,
        'ps -o stat=,args= -t "$(tty)" | grep -E "clear|clear-db" | grep -v grep | cut -c1',
      )
    )
      .split('\n')
      .filter((line) => /^[A-Z]$/.test(line));

  async function expectClosed(terminal: Terminal, code = 0): Promise<void> {
    terminal.press('q');
    await terminal.waitFor((screen) => !terminal.isAlternate() && screen.findLast(Boolean) === '$');
    await type(terminal, 'code=$?');
    expect(await said(terminal, 'echo "code $code"')).toContain(`code ${code}`);
    terminal.press('ctrl+d');
    await terminal.ended;
    expect(terminal.leftBehind()).toEqual([]);
    expect(await terminal.processes()).toEqual([]);
  }

  test.each(someOf(shells, 1))(
    'Ctrl-Z gives the terminal back to %s, and fg draws the menu again',
    async (_, shell) => {
      await using terminal = await openInShell(shell, 'node scripts/start.js clear');
      terminal.press('l');
      await terminal.waitFor('There are no backups yet. Press b');
      terminal.press('ctrl+z');
      await expectShell(terminal);
      expect(await states(terminal)).toEqual(['T']);
      await type(terminal, 'fg');
      const screen = await terminal.waitFor('There are no backups yet. Press b');
      expect(screen[0]).toMatch(/^stopped ● running/);
      expect(screen[2]).toBe('─'.repeat(90));
      expect(screen.at(-1)).toContain('? Keys');
      expect(terminal.isAlternate()).toBe(true);
      expect(terminal.cursorVisible()).toBe(false);
      // Keys are read again, one by one, and a second time works as the first.
      terminal.press('escape');
      await terminal.waitFor('❯ l  List backups');
      terminal.press('b', 'a');
      await terminal.waitFor('Note (may stay empty): a▏');
      terminal.press('ctrl+z');
      await expectShell(terminal);
      await type(terminal, 'fg');
      await terminal.waitFor('Note (may stay empty): a▏');
      terminal.press('escape');
      await terminal.waitFor('❯ l  List backups');
      await expectClosed(terminal);
    },
  );

  test.each(someOf(starters, 1))(
    'all that %s has started stops with the menu, and goes on with it',
    async (_, line) => {
      await using terminal = await openInShell(shells[0][1], line);
      terminal.press('ctrl+z');
      await expectShell(terminal);
      const stopped = await states(terminal);
      expect(stopped.length).toBeGreaterThan(0);
      expect(new Set(stopped)).toEqual(new Set(['T']));
      await type(terminal, 'fg');
      await terminal.waitFor('● running');
      await terminal.waitFor('❯ l  List backups');
      await expectClosed(terminal);
    },
  );

  test('a SIGTSTP that somebody sends does the same', async () => {
    await using terminal = await openInShell(shells[1][1], 'node scripts/start.js clear');
    await send(terminal, 'SIGTSTP');
    await expectShell(terminal);
    await type(terminal, 'fg');
    await terminal.waitFor('❯ l  List backups');
    expect(terminal.isAlternate()).toBe(true);
    await expectClosed(terminal);
  });

  test('the menu comes back at the size that the terminal has then', async () => {
    await using terminal = await openInShell(shells[0][1], 'node scripts/start.js clear');
    terminal.press('ctrl+z');
    await expectShell(terminal);
    const sizes: [columns: number, rows: number][] = [
      [60, 16],
      [120, 40],
    ];
    for (const [columns, rows] of someOf(sizes, 1)) {
      terminal.resize(columns, rows);
      await terminal.idle();
      await type(terminal, 'fg');
      await terminal.waitFor(
        (screen) => screen[2] === '─'.repeat(columns) && screen[rows - 1]?.includes('? Keys') === true,
      );
      expect(terminal.screen()).toHaveLength(rows);
      expect(terminal.screen().filter((line) => line.includes('● running'))).toHaveLength(1);
      terminal.press('ctrl+z');
      await expectShell(terminal);
    }
    await type(terminal, 'fg');
    await terminal.waitFor('❯ l  List backups');
    await expectClosed(terminal);
  });

  test('in the background it stops again, and leaves the screen to the shell', async () => {
    await using terminal = await openInShell(shells[0][1], 'node scripts/start.js clear');
    terminal.press('ctrl+z');
    await expectShell(terminal);
    await type(terminal, 'bg');
    await terminal.waitFor(/\[1\].*&$/m);
    while (!(await said(terminal, 'jobs')).includes('Stopped')) expect(terminal.isAlternate()).toBe(false);
    expect(terminal.isAlternate()).toBe(false);
    expect(terminal.cursorVisible()).toBe(true);
    await type(terminal, 'fg');
    await terminal.waitFor('❯ l  List backups');
    await expectClosed(terminal);
  });

  test('a stopped menu that is ended ends, and leaves nothing behind', async () => {
    await using terminal = await openInShell(shells[0][1], 'node scripts/start.js clear');
    terminal.press('ctrl+z');
    await expectShell(terminal);
    // The shell says 148 as long as it takes it for a stopped one. Nothing but its own words may stand between: after any
    // other program it looks at its jobs, forgets one that has ended, and says 127.
    await type(terminal, 'kill %1; while wait %1 2>/dev/null; code=$?; [ $code = 148 ]; do :; done');
    expect(await said(terminal, 'echo "code $code"')).toContain('code 143');
    terminal.press('ctrl+d');
    await terminal.ended;
    expect(terminal.leftBehind()).toEqual([]);
    expect(await terminal.processes()).toEqual([]);
  });

  test('a menu that is stopped by force is drawn whole when it is brought back', async () => {
    await using terminal = await openInShell(shells[0][1], 'node scripts/start.js clear');
    await send(terminal, 'SIGSTOP');
    await terminal.waitFor('Stopped');
    await type(terminal, 'fg');
    await terminal.waitFor('❯ l  List backups');
    await terminal.waitFor((screen) => !screen.join('\n').includes('Stopped'));
    terminal.press('down');
    await terminal.waitFor('❯ b  Back up');
    await expectClosed(terminal);
  });

  test('while a backup runs it is refused in words, and the backup ends as ever', async () => {
    const refused = 'Backing up busy is not over yet.';
    const busy = await targets.target('busy');
    await using menu = await busy.open();
    const held = await openSession(targets.server, holdDumps, { database: 'busy' });
    try {
      menu.press('b', 'enter');
      await menu.waitFor('Ctrl-C cancels');
      menu.press('ctrl+z');
      await menu.waitFor((screen) => screen.at(-2) === refused);
      menu.press('down');
      await menu.waitFor((screen) => screen.at(-2) === '');
      menu.signal('SIGTSTP');
      await menu.waitFor((screen) => screen.at(-2) === refused);
      expect(menu.isAlternate()).toBe(true);
    } finally {
      await held[Symbol.asyncDispose]();
    }
    await menu.waitFor('✓ Backed up busy: 43 rows');
    menu.press('q');
    expect(await menu.ended).toEqual({ exitCode: 0, signal: null });
    expect(menu.leftBehind()).toEqual([]);
  });

  test('where no shell would bring it back, it stays', async () => {
    await using menu = await target.open();
    menu.press('ctrl+z', 's');
    await menu.waitFor('TABLE');
    expect(menu.isAlternate()).toBe(true);
    menu.press('escape', 'q');
    expect(await menu.ended).toEqual({ exitCode: 0, signal: null });
    expect(menu.leftBehind()).toEqual([]);
  });

  /** From outside, to the menu alone: the one child of the shell. */
  async function send(terminal: Terminal, signal: NodeJS.Signals): Promise<void> {
    const children = await readFile(`/proc/${terminal.pid}/task/${terminal.pid}/children`, 'utf8');
    process.kill(Number(children.trim()), signal);
  }
});

/** A dump waits until it ends. */
const holdDumps = 'BEGIN; LOCK TABLE pg_init_privs IN ACCESS EXCLUSIVE MODE';
