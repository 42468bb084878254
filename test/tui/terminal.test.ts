import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keyLatency, openMenu, timeToFrame } from '../support/menu.ts';
import { openTerminal, type Terminal, type TerminalOptions } from '../support/terminal.ts';

const keyEcho = (options: Partial<TerminalOptions> = {}): Promise<Terminal> =>
  openTerminal({ command: ['node', join(import.meta.dirname, 'fixtures/key-echo.js')], ...options });
const node = (script: string, options: Partial<TerminalOptions> = {}): Promise<Terminal> =>
  openTerminal({ command: ['node', '-e', script], ...options });
const shell = (script: string, options: Partial<TerminalOptions> = {}): Promise<Terminal> =>
  openTerminal({ command: ['sh', '-c', script], ...options });

/** Says each chunk that it reads from the raw terminal. */
const chunkEcho = `
  process.stdin.setRawMode(true).setEncoding('utf8').on('data', (chunk) => {
    console.log(JSON.stringify(chunk));
    if (chunk === 'q') process.exit();
  });
  console.log('ready');`;

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('an Ink app at the terminal', () => {
  test('its text is on the alternate screen with the cursor hidden, and both are undone when it ends', async () => {
    await using terminal = await keyEcho();
    const screen = await terminal.waitFor('Key echo');
    expect(screen).toHaveLength(30);
    await terminal.readsKeys();
    await terminal.waitFor(() => terminal.bracketedPaste());
    expect(screen.slice(0, 4)).toEqual(['Key echo', '100 by 30', '北京 👩‍👩‍👧 | after', '']);
    expect(terminal.isAlternate()).toBe(true);
    expect(terminal.cursorVisible()).toBe(false);
    expect(terminal.bracketedPaste()).toBe(true);
    expect(terminal.history()).toEqual([]);
    terminal.press('q');
    expect(await terminal.ended).toEqual({ exitCode: 0, signal: null });
    expect(terminal.isAlternate()).toBe(false);
    expect(terminal.cursorVisible()).toBe(true);
    expect(terminal.bracketedPaste()).toBe(false);
    expect(terminal.history()).toEqual(['Key echo is over.']);
    expect(terminal.leftBehind()).toEqual([]);
    expect(await terminal.processes()).toEqual([]);
  });

  test('a cell has its colour, its weight and its width', async () => {
    await using terminal = await keyEcho();
    await terminal.waitFor('after');
    const plain = { bold: false, dim: false, italic: false, underline: false, inverse: false };
    const colours = { foreground: 'default', background: 'default' };
    expect(terminal.cell(0, 0)).toEqual({
      ...plain,
      ...colours,
      text: 'K',
      width: 1,
      bold: true,
      foreground: 'green',
    });
    expect(terminal.cell(0, 1)).toMatchObject({ text: '1', inverse: true });
    expect(terminal.cell(0, 2)).toMatchObject({ text: '北', width: 2, dim: true });
    expect(terminal.cell(1, 2)).toMatchObject({ text: '', width: 0 });
    expect(terminal.cell(5, 2)).toMatchObject({ text: '👩‍👩‍👧', width: 2 });
    expect(terminal.find('after')).toEqual({ column: 10, row: 2 });
    expect(terminal.cell(10, 2).text).toBe('a');
    expect(terminal.find('before')).toBeNull();
    expect(() => terminal.cell(0, 30)).toThrow('no cell 0, 30');
  });

  test('without colours wanted there are none', async () => {
    await using terminal = await keyEcho({ env: { NO_COLOR: '1', FORCE_COLOR: '0' } });
    await terminal.waitFor('Key echo');
    expect(terminal.cell(0, 0)).toMatchObject({ text: 'K', foreground: 'default' });
  });

  test('each key arrives as itself', async () => {
    await using terminal = await keyEcho();
    await terminal.waitFor('Key echo');
    await terminal.readsKeys();
    terminal.press(
      'down',
      'enter',
      'ctrl+c',
      'escape',
      'home',
      'end',
      'pageup',
      'backspace',
      'tab',
      'C',
      'up',
    );
    terminal.press('escape', 'escape');
    const screen = await terminal.waitFor('13: ');
    expect(screen.slice(3, 16)).toEqual([
      ...['1: downArrow', '2: return', '3: ctrl c', '4: escape', '5: home', '6: end', '7: pageUp'],
      ...['8: backspace', '9: tab', '10: shift C', '11: upArrow', '12: escape', '13: escape'],
    ]);
  });

  test('a paste is one event, and does not act as keys', async () => {
    await using terminal = await keyEcho();
    await terminal.waitFor('Key echo');
    await terminal.waitFor(() => terminal.bracketedPaste());
    await terminal.readsKeys();
    terminal.paste('quit\nnow');
    await terminal.waitFor('1: paste "quit\\rnow"');
  });

  test('it is drawn for a new size', async () => {
    await using terminal = await keyEcho({ columns: 80, rows: 24 });
    await terminal.waitFor('80 by 24');
    terminal.resize(60, 16);
    expect(await terminal.waitFor('60 by 16')).toHaveLength(16);
  });

  test('the time to its first frame and the time a key takes are measured', async () => {
    await using terminal = await keyEcho();
    const first = await timeToFrame(terminal, 'Key echo');
    expect(first).toBeGreaterThan(20);
    expect(first).toBeLessThan(10_000);
    await terminal.readsKeys();
    const latencies = [await keyLatency(terminal, 'a'), await keyLatency(terminal, 'b', '2: b')];
    for (const latency of latencies) {
      expect(latency).toBeGreaterThan(0);
      expect(latency).toBeLessThan(5000);
    }
    expect(terminal.screen()[4]).toBe('2: b');
  });
});

describe('what is typed', () => {
  test('can wait until it is read key by key, which a program that reads lines never does', async () => {
    await using raw = await node(`setTimeout(() => process.stdin.setRawMode(true).resume(), 100)`);
    await raw.readsKeys();
    raw.type('a');
    raw.signal('SIGKILL');
    await raw.ended;
    expect(raw.bytes()).toBe('');
    await using cooked = await shell('cat');
    await expect(cooked.readsKeys(50)).rejects.toThrow('sh does not read single keys');
  });

  test('comes character by character; what is pasted comes in one chunk', async () => {
    await using terminal = await node(chunkEcho);
    await terminal.waitFor('ready');
    terminal.type('añ👍');
    terminal.paste('kubegram');
    terminal.press('q');
    await terminal.ended;
    expect(terminal.history()).toEqual(['ready', '"a"', '"ñ"', '"👍"', '"kubegram"', '"q"']);
  });

  test('comes key by key to a program that is too busy to read at once', async () => {
    await using terminal = await node(`${chunkEcho}
      process.stdin.on('data', () => {
        for (const until = Date.now() + 100; Date.now() < until; );
      });`);
    await terminal.waitFor('ready');
    terminal.press('1', '2', 'down', '3');
    await terminal.waitFor('3');
    expect(terminal.history()).toEqual(['ready', '"1"', '"2"', '"\\u001b[B"', '"3"']);
  });

  test('is in the order of the calls with a resize and a signal among it', async () => {
    await using terminal = await node(`${chunkEcho}
      process.stdout.on('resize', () => console.log(process.stdout.columns + ' columns'));
      process.on('SIGUSR2', () => console.log('signal'));`);
    await terminal.waitFor('ready');
    terminal.press('1', '2');
    terminal.resize(77, 20);
    await terminal.idle();
    await terminal.waitFor('77 columns');
    terminal.press('3');
    terminal.signal('SIGUSR2');
    await terminal.waitFor('signal');
    expect(terminal.history()).toEqual(['ready', '"1"', '"2"', '77 columns', '"3"', 'signal']);
  });

  test('must be a key that there is', async () => {
    await using terminal = await node(chunkEcho);
    expect(() => terminal.press('dwon')).toThrow('There is no key "dwon"');
  });

  test('reaches a program that reads lines, and Ctrl-C interrupts it', async () => {
    await using terminal = await shell('read -r line; echo "read $line"; sleep 60');
    terminal.type('a line');
    terminal.press('enter');
    await terminal.waitFor('read a line');
    terminal.press('ctrl+c');
    expect(await terminal.ended).toEqual({ exitCode: 130, signal: 'SIGINT' });
  });
});

describe('waiting', () => {
  test('for a text in vain says so and shows the whole screen', async () => {
    await using terminal = await shell('printf "one\\n\\ntwo"; sleep 60');
    await terminal.waitFor('two');
    const waited = terminal.waitFor('three', 50).catch((error: Error) => error.message);
    expect(await waited).toMatch(/^After 50 ms the screen is without three\n┌─+\n│one\n│\n│two\n└─+$/);
  });

  test('ends at once where the command has ended', async () => {
    await using terminal = await shell('echo one');
    await expect(terminal.waitFor('two', 60_000)).rejects.toThrow('The command ended without two');
    await expect(terminal.waitFor('one')).resolves.toContain('one');
  });

  test('takes a pattern over the lines or a question about them', async () => {
    await using terminal = await shell('echo one; echo two; sleep 60');
    await terminal.waitFor(/^one\ntwo$/m);
    await terminal.waitFor((screen) => screen[1] === 'two');
    await expect(terminal.waitFor(/^two\none$/m, 50)).rejects.toThrow('is without /^two\\none$/m');
  });

  test('does not take a frame for shown that is not complete', async () => {
    await using terminal = await shell(
      'printf "\\033[?2026hhalf"; read -r _; printf " whole\\033[?2026l"; read -r _',
    );
    await expect(terminal.waitFor('half', 200)).rejects.toThrow('is without half');
    terminal.press('enter');
    await terminal.waitFor('half');
  });
});

describe('the screen', () => {
  test('has its last lines, the history has them all', async () => {
    await using terminal = await shell('seq 1 50; sleep 60', { rows: 10 });
    const screen = await terminal.waitFor('50');
    expect(screen).toEqual([...Array.from({ length: 9 }, (_, index) => String(42 + index)), '']);
    expect(terminal.history()).toEqual(Array.from({ length: 50 }, (_, index) => String(index + 1)));
  });

  test('is written by bytes that can be counted, with nothing of the harness among them', async () => {
    await using terminal = await shell('printf "a\\033[2Jb\\033[2J"');
    await terminal.ended;
    expect(terminal.bytes()).toBe('a\u001B[2Jb\u001B[2J');
  });

  test('answers a program that asks where the cursor is', async () => {
    await using terminal = await node(`${chunkEcho} process.stdout.write('\\x1b[6n');`);
    await terminal.waitFor('"\\u001b[2;1R"');
  });

  test.each([
    ['default', ''],
    ['red', '31'],
    ['gray', '90'],
    ['cyanBright', '96'],
    ['palette 208', '38;5;208'],
    ['#0a0bff', '38;2;10;11;255'],
  ])('tells the colour %s', async (name, code) => {
    await using terminal = await shell(`printf '\\033[${code}mX\\033[m.'`);
    await terminal.ended;
    expect(terminal.cell(0, 0).foreground).toBe(name);
    expect(terminal.cell(1, 0).foreground).toBe('default');
  });

  test.each([
    ['北京', 4],
    ['é', 1],
    ['❤️', 2],
    ['❤', 1],
    ['👍🏽', 2],
    ['🇩🇪🇫🇷', 4],
    ['👩‍👩‍👧', 2],
    ['─│', 2],
  ])('shows %s in %i cells', async (text, width) => {
    await using terminal = await shell(`printf '%s|' '${text}'`);
    await terminal.ended;
    expect(terminal.find('|')).toEqual({ column: width, row: 0 });
    expect(terminal.screen()[0]).toBe(`${text}|`);
  });
});

describe('the end', () => {
  test.each([
    ['a signal that is handled', "process.on('SIGTERM', () => process.exit(143));", 143, null],
    ['a signal that is not', '', 143, 'SIGTERM'],
  ])('by %s is told apart', async (_, handler, exitCode, signal) => {
    await using terminal = await node(`${handler} ${chunkEcho}`);
    await terminal.waitFor('ready');
    terminal.signal('SIGTERM');
    expect(await terminal.ended).toEqual({ exitCode, signal });
    expect(terminal.modes.exitCode).toBe(143);
  });

  test('without a signal has the exit code and all that was written last', async () => {
    await using terminal = await shell('seq 1 5000; echo done; exit 7');
    expect(await terminal.ended).toEqual({ exitCode: 7, signal: null });
    expect(terminal.history()).toHaveLength(5001);
    expect(terminal.history().at(-1)).toBe('done');
  });

  test('of a program that restores the modes leaves nothing behind', async () => {
    await using terminal = await node(chunkEcho);
    await terminal.waitFor('ready');
    expect(() => terminal.modes).toThrow('when the command has ended');
    terminal.press('q');
    await terminal.ended;
    expect(terminal.modes.before).toBe(terminal.modes.after);
    expect(terminal.modes.before).toMatch(/^[0-9a-f]+(:[0-9a-f]+)+$/);
    expect(terminal.leftBehind()).toEqual([]);
  });

  test('of a program that is killed while the terminal is raw is caught', async () => {
    await using terminal = await node(chunkEcho);
    await terminal.waitFor('ready');
    terminal.signal('SIGKILL');
    expect(await terminal.ended).toEqual({ exitCode: 137, signal: 'SIGKILL' });
    expect(terminal.modes.after).not.toBe(terminal.modes.before);
    expect(terminal.leftBehind()).toEqual(['modes of the line']);
  });

  test.each([
    ['alternate screen', '\\033[?1049h'],
    ['hidden cursor', '\\033[?25l'],
    ['bracketed paste', '\\033[?2004h'],
    ['mouse tracking', '\\033[?1000h'],
    ['focus events', '\\033[?1004h'],
    ['application cursor keys', '\\033[?1h'],
    ['synchronized output', '\\033[?2026h'],
    ['no wrapping', '\\033[?7l'],
    ['insert mode', '\\033[4h'],
    ['origin mode', '\\033[?6h'],
    ['kitty keyboard', '\\033[>1u'],
  ])('of a program that leaves %s is caught', async (name, sequence) => {
    await using terminal = await shell(`printf '${sequence}'`);
    await terminal.ended;
    expect(terminal.leftBehind()).toEqual([name]);
  });

  test('by the loss of the terminal comes to the program as SIGHUP', async () => {
    await using terminal = await node(`
      process.on('SIGHUP', () => process.exit(3));
      setInterval(() => {}, 1000);
      ${chunkEcho}`);
    await terminal.waitFor('ready');
    terminal.hangUp();
    expect(await terminal.ended).toEqual({ exitCode: 3, signal: null });
    expect(await terminal.processes()).toEqual([]);
  });

  test('of the test ends all that was started, in whatever session it is and whatever it ignores', async () => {
    const marker = `marker-${process.pid}-${Date.now()}`;
    const terminal = await node(`
      const ignoring = "process.on('SIGTERM', () => {}).on('SIGHUP', () => {}); setInterval(() => {}, 1000);";
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ['-e', ignoring, '${marker}'], { detached: true, stdio: 'ignore' }).unref();
      ${chunkEcho}`);
    await terminal.waitFor('ready');
    const running = async (): Promise<string[]> =>
      (await terminal.processes()).filter((one) => one.endsWith(marker));
    await expect.poll(running).toHaveLength(1);
    terminal.press('q');
    await terminal.ended;
    expect(await running()).toHaveLength(1);
    await terminal[Symbol.asyncDispose]();
    expect(await terminal.processes()).toEqual([]);
  });

  test('of the test ends a command that is still at work', async () => {
    // It never ends by itself, not even where its sleep is ended before it.
    const terminal = await shell("trap '' HUP TERM INT; echo ready; while :; do sleep 600; done");
    await terminal.waitFor('ready');
    await terminal[Symbol.asyncDispose]();
    // All of its processes are ended; where a shell outlives its loop for a moment, it tells that as its own exit code.
    expect(await terminal.ended).toMatchObject({ exitCode: 137 });
    expect(isThere(terminal.pid)).toBe(false);
  });

  test('of the very process of the test ends the command, too, even one that ignores it', async () => {
    const support = join(import.meta.dirname, '../support/terminal.ts');
    const program = `
      const { openTerminal } = await import('${support}');
      const ignoring = "trap '' HUP; echo inside; while :; do sleep 600; done";
      const inner = await openTerminal({ command: ['sh', '-c', ignoring] });
      await inner.waitFor('inside');
      console.log('inner ' + inner.pid + '.');`;
    await using outer = await openTerminal({ command: ['node', '--input-type=module', '-e', program] });
    const [, pid] = /inner (\d+)\./.exec((await outer.waitFor(/inner \d+\./)).join('\n')) ?? [];
    expect(isThere(Number(pid))).toBe(true);
    outer.signal('SIGKILL');
    await outer.ended;
    await expect.poll(() => isThere(Number(pid)), { timeout: 10_000 }).toBe(false);
  });

  test('comes before the beginning where there is no such command', async () => {
    await expect(openTerminal({ command: ['no-such-command'] })).rejects.toThrow(
      /no-such-command does not start: .*ENOENT/,
    );
  });
});

test('nothing of the environment of a CI or of a test run reaches the command but what is given', async () => {
  process.env['CI'] = 'true';
  process.env['DB_CONTAINER'] = 'somebody-elses';
  try {
    await using terminal = await shell('env', { env: { BACKUP_DIR: '/given' }, rows: 100 });
    await terminal.ended;
    const names = terminal.history().map((line) => line.split('=')[0] ?? '');
    const foreign = ['CI', 'DB_CONTAINER', 'VITEST', 'NODE_ENV', 'NO_COLOR'];
    expect(names.filter((name) => foreign.includes(name))).toEqual([]);
    expect(terminal.history()).toEqual(expect.arrayContaining(['TERM=xterm-256color', 'BACKUP_DIR=/given']));
  } finally {
    delete process.env['CI'];
    delete process.env['DB_CONTAINER'];
  }
});

test('the command that opens the menu runs in a copy of the project', async () => {
  await using menu = await openMenu({ args: ['--help'], columns: 80 });
  await menu.waitFor('make clear-db');
  expect((await menu.ended).exitCode).toBe(0);
  expect(menu.leftBehind()).toEqual([]);
});
