import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Manifest } from '../../src/core/manifest.ts';
import { type MenuTarget, type MenuTargets, menuTargets } from '../support/menu-targets.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { rounds } from '../support/soak.ts';
import { idOf, laySet } from '../support/store-sets.ts';
import type { Terminal } from '../support/terminal.ts';

const count = 300;
/** The sizes and row counts go up and down while the age goes on. */
const rowsOf = (nth: number): number => (nth * 7919) % 1000;

type Size = [columns: number, rows: number];

describeWithDocker('the list of backups in the menu', () => {
  let targets: MenuTargets;
  let many: MenuTarget;
  let wide: MenuTarget;

  async function lay(target: MenuTarget, nth: number, facts: Partial<Manifest> = {}): Promise<void> {
    const total_records = rowsOf(nth);
    const timestamp = new Date(Date.now() - (count - nth + 1) * 3_600_000).toISOString().replace(/\..*/, 'Z');
    const data = 'x'.repeat(10 + total_records);
    await laySet(target.folder, nth, data, { total_records, timestamp, database: target.database, ...facts });
  }

  beforeAll(async () => {
    targets = await menuTargets();
    many = await targets.target('many');
    await mkdir(many.folder, { mode: 0o700 });
    for (let nth = 1; nth <= count; nth++) {
      const note = { 100: 'Release one', 200: 'Release two', 300: 'Release three' }[nth] ?? '';
      await lay(many, nth, { note, pinned: nth === 150, reason: nth % 2 === 0 ? 'before-clear' : 'manual' });
    }
    wide = await targets.target(
      'wide',
      'CREATE TABLE "北京 👍" (id int); CREATE TABLE "née 👩‍👩‍👧" (id int); ANALYZE',
    );
    await mkdir(wide.folder, { mode: 0o700 });
    const notes = [
      'plain words',
      '北京上海广州',
      '👍🏽👩‍👩‍👧🇩🇪 ok',
      'e\u0301 combining',
      '❤️ ☁',
      'a very long note '.repeat(9),
    ];
    for (const [at, note] of notes.entries()) {
      const tables = [
        { schema: 'public', name: '北京 👍', rows: at },
        { schema: 'public', name: 'plain', rows: 7 },
      ];
      await lay(wide, at + 1, { note, tables });
    }
  });

  afterAll(() => targets?.[Symbol.asyncDispose]());

  const id = (nth: number, database = 'many'): string => idOf(nth, database);
  const chosen = (menu: Terminal): string | undefined =>
    /^❯[ *](\S+)/m.exec(menu.screen().slice(4).join('\n'))?.[1];
  const listed = (screen: string[]): string[] =>
    screen.flatMap((line) => /^[❯ ][* ]([a-z]+_backup_\d{8}_\d{6})/.exec(line)?.[1] ?? []);
  /** Until this one is chosen; a narrow list tells its id by date and time alone. */
  const becomes = (menu: Terminal, nth: number): Promise<string[]> =>
    menu.waitFor((screen) =>
      screen.some((line) => line.startsWith('❯') && line.includes(id(nth).slice(-15))),
    );

  test('is paged through to its ends, the chosen line always in sight', async () => {
    await using menu = await many.open({ columns: 100, rows: 24 });
    expect(menu.screen()[1]).toMatch(
      /^Backups 300 \(1\d\d kB\), newest 60 min ago|^Backups 300 \(1\d\d kB\), newest 1 h ago/,
    );
    menu.press('l');
    const first = await becomes(menu, 300);
    const page = listed(first).length;
    expect(page).toBeGreaterThanOrEqual(5);
    const from = (nth: number): string[] => Array.from({ length: page }, (_, at) => id(nth - at));
    expect(listed(first)).toEqual(from(300));
    menu.press('end');
    expect(listed(await becomes(menu, 1))).toEqual(from(page));
    menu.press('home');
    expect(listed(await becomes(menu, 300))).toEqual(from(300));
    for (const [key, nth] of [
      ['pagedown', 300 - page],
      ['space', 300 - 2 * page],
      ['down', 299 - 2 * page],
      ['j', 298 - 2 * page],
      ['pageup', 298 - page],
      ['k', 299 - page],
      ['up', 300 - page],
      ['G', 1],
      ['down', 1],
      ['pagedown', 1],
      ['g', 300],
      ['up', 300],
    ] as const) {
      menu.press(key);
      const screen = await becomes(menu, nth);
      expect(screen.join('\n')).toContain(`\n  BACKUP ${301 - nth}/300 `);
      expect(listed(screen)).toHaveLength(page);
      const inverse = Array.from({ length: 24 }, (_, row) => menu.cell(2, row).inverse);
      expect(inverse.indexOf(true)).toBe(menu.find('❯')?.row);
      expect(inverse.filter(Boolean)).toHaveLength(1);
    }
    menu.press('enter');
    await menu.waitFor(new RegExp(`^${id(300)}\nMade `, 'm'));
    menu.press('left');
    await becomes(menu, 300);
  });

  test('shows what a text is found in, and everything again without it', async () => {
    await using menu = await many.open({ columns: 100, rows: 24 });
    menu.press('l', '/');
    await menu.waitFor('/▏ 1/300');
    menu.paste('release');
    let screen = await menu.waitFor('/release▏ 1/3');
    expect(listed(screen)).toEqual([id(300), id(200), id(100)]);
    menu.press('down');
    await menu.waitFor('/release 2/3');
    menu.press('up');
    await menu.waitFor('/release 1/3');
    menu.press('/');
    await menu.waitFor('/release▏ 1/3');
    menu.press('backspace', 'space');
    menu.type('two');
    await menu.waitFor('/releas two▏ 1/1');
    expect(chosen(menu)).toBe(id(200));
    menu.press('enter', 'enter');
    await menu.waitFor('Note       Release two');
    menu.press('escape');
    await menu.waitFor('/releas two 1/1');
    menu.press('escape');
    screen = await menu.waitFor('  BACKUP ');
    await becomes(menu, 300);
    menu.press('/');
    menu.type('pinned');
    screen = await menu.waitFor('/pinned▏ 1/1');
    expect(screen.join('\n')).toContain(`❯*${id(150)}`);
    menu.press('ctrl+u');
    menu.type('no such thing');
    await menu.waitFor('No backup has this text. Esc takes the filter out.');
    menu.press('enter', 'd');
    await menu.waitFor('No backup is shown: take the filter out.');
    menu.press('/', 'escape');
    await menu.waitFor((lines) => listed(lines)[0] === id(300) && listed(lines).length > 3);
    // Keys of commands are text here: none of them did anything.
    expect(menu.screen().join('\n')).not.toMatch(/✓|✗/);
    expect((await many.files()).length).toBe(3 * count);
  });

  test('is ordered by age, size and rows', async () => {
    await using menu = await many.open({ columns: 100, rows: 24 });
    menu.press('l');
    await menu.waitFor(/^ {2}BACKUP .*AGE↓ +SIZE +ROWS /m);
    const byRows = Array.from({ length: count }, (_, at) => count - at).toSorted(
      (a, b) => rowsOf(b) - rowsOf(a),
    );
    const top = byRows.slice(0, 5).map((nth) => id(nth));
    menu.press('o');
    await menu.waitFor(/^ {2}BACKUP .*AGE +SIZE↓ +ROWS /m);
    menu.press('home');
    await menu.waitFor((screen) => listed(screen).slice(0, 5).join() === top.join());
    menu.press('o');
    const screen = await menu.waitFor(/^ {2}BACKUP .*AGE +SIZE +ROWS↓ /m);
    expect(listed(screen).slice(0, 5)).toEqual(top);
    menu.press('o', 'home');
    await becomes(menu, 300);
    await menu.waitFor('AGE↓');
  });

  test('shows at every size what a menu shows that was opened at it', async () => {
    const sizes: Record<'small' | 'large', Size> = { small: [60, 16], large: [200, 60] };
    const open = async ([columns, rows]: Size): Promise<Terminal> => {
      const menu = await many.open({ columns, rows });
      menu.press('l', ...Array.from({ length: 19 }, () => 'down'));
      await becomes(menu, 281);
      return menu;
    };
    await using menu = await open([100, 24]);
    await using small = await open(sizes.small);
    await using large = await open(sizes.large);
    for (const [size, fresh] of [
      [sizes.small, small],
      [sizes.large, large],
      [sizes.small, small],
    ] as const) {
      menu.resize(...size);
      const expected = plain(fresh.screen());
      expect(expected).toHaveLength(size[1]);
      expect(expected[0]).toMatch(/^many ● running/);
      expect(expected.at(-1)).toContain('? Keys');
      await menu.waitFor((screen) => plain(screen).join('\n') === expected.join('\n'));
      expect(menu.history()).toEqual([]);
    }
  });

  test('comes back from a size that nothing fits in', async () => {
    await using menu = await many.open({ columns: 80, rows: 24 });
    const before = plain(menu.screen());
    menu.resize(12, 3);
    await menu.waitFor((screen) => screen.length === 3);
    menu.press('down', 'up');
    menu.resize(80, 24);
    await menu.waitFor((screen) => plain(screen).join('\n') === before.join('\n'));
    menu.press('q');
    expect(await menu.ended).toEqual({ exitCode: 0, signal: null });
    expect(menu.leftBehind()).toEqual([]);
  });

  test('keeps its columns where notes and names are wide', async () => {
    await using menu = await wide.open({ columns: 200, rows: 30 });
    menu.press('l');
    await menu.waitFor('plain words');
    const details = menu.find('Made')?.column ?? -1;
    expect(details).toBeGreaterThan(110);
    const proof = menu.find('PROOF')?.column ?? -1;
    const note = proof + 'contents equal'.length + 1;
    for (let nth = 1; nth <= 6; nth++) {
      const at = menu.screen().findIndex((row) => row.slice(2).startsWith(id(nth, 'wide')));
      const line = Array.from({ length: details }, (_, column) => menu.cell(column, at).text).join('');
      expect(line.slice(proof)).toMatch(/^hash checked {3}\S/);
      expect(menu.cell(note, at).text.trim()).not.toBe('');
      expect(menu.cell(details - 1, at).text.trim()).toBe('');
      menu.press('down');
    }
    expect(menu.find('北京上海广州')).toMatchObject({ column: note });
    expect(menu.find('👍🏽👩‍👩‍👧🇩🇪 ok')).toMatchObject({ column: note });
    // The pane beside begins where it began, and its own columns are in line too.
    for (const word of ['Made', 'Reason', 'Proof', 'File', 'Checksum', 'Database', 'Rows'])
      expect(menu.find(word === 'Rows' || word === 'Proof' ? `${word}  ` : word)?.column).toBe(details);
    menu.press('s');
    await menu.waitFor('TABLE');
    const endOfRows = (menu.find('ROWS')?.column ?? -1) + 4;
    const endOfSizes = (menu.find('SIZE')?.column ?? -1) + 4;
    for (const table of ['public.users', 'public."北京 👍"', 'public."née 👩‍👩‍👧"']) {
      const row = menu.find(table)?.row ?? -1;
      expect(menu.cell(endOfRows - 1, row).text).toMatch(/[\dd]/);
      expect(menu.cell(endOfRows, row).text).toBe(' ');
      expect(menu.cell(endOfSizes - 1, row).text).toBe('B');
      expect(menu.cell(endOfSizes, row).text).toBe(' ');
    }
  });

  test('needs no colours: with NO_COLOR no cell has any, and all is told by words and signs', async () => {
    await using menu = await many.open({ columns: 100, rows: 24, env: { NO_COLOR: '1' } });
    const expectPlain = (): void => {
      for (let row = 0; row < 24; row++) {
        for (let column = 0; column < 100; column++) {
          const { foreground, background } = menu.cell(column, row);
          expect({ row, column, foreground, background }).toMatchObject({
            foreground: 'default',
            background: 'default',
          });
        }
      }
    };
    expectPlain();
    expect(menu.screen()).toContain('❯ l  List backups  list the backups');
    menu.press('l', 'down', 'down');
    await becomes(menu, 298);
    expectPlain();
    menu.press('end', 'd');
    await menu.waitFor('(y/N)');
    expectPlain();
    menu.press('n', 'V');
    await menu.waitFor('✗ ');
    expectPlain();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for
    expect(menu.bytes()).not.toMatch(/\u001b\[[\d;]*m/);
  });

  test('does not flicker: nothing is cleared, and where nothing changes next to nothing is written', async () => {
    await using menu = await many.open({ columns: 100, rows: 24 });
    menu.press('l');
    await becomes(menu, 300);
    const opened = menu.bytes().length;
    const screen = menu.screen();
    await sleep(rounds(4000, 5000));
    const idle = menu.bytes().slice(opened);
    expect(idle).not.toContain('\u001b[2J');
    expect(idle).not.toContain('\u001b[J');
    // An age may have gone on in that time: one line or two.
    expect(idle.length).toBeLessThan(menu.screen().join() === screen.join() ? 50 : 2000);
    menu.press('down');
    await becomes(menu, 299);
    expect(menu.bytes().slice(opened)).not.toContain('\u001b[2J');
  });
});

/** A screen without what goes on by itself. */
function plain(screen: string[]): string[] {
  return screen.map((line) =>
    line.replaceAll(/\d+ (min|h|days) ago|just now/g, '(age)').replaceAll(/(?<=\d) +(?=\d)/g, ' '),
  );
}
