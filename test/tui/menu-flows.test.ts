import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type MenuTarget, type MenuTargets, menuTargets } from '../support/menu-targets.ts';
import { openSession } from '../support/open-session.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { rounds } from '../support/soak.ts';
import type { Terminal } from '../support/terminal.ts';

describeWithDocker('the menu', () => {
  let targets: MenuTargets;

  beforeAll(async () => {
    targets = await menuTargets();
  });

  afterAll(() => targets?.[Symbol.asyncDispose]());

  const rows = ({ sql }: MenuTarget): Promise<string> => sql('SELECT count(*) FROM users');
  const tables = ({ sql }: MenuTarget): Promise<string> =>
    sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'");
  const ids = async (target: MenuTarget): Promise<string[]> =>
    (await target.files()).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -5));

  async function backUp(menu: Terminal, note = ''): Promise<void> {
    menu.press('b');
    await menu.waitFor('Note (may stay empty)');
    menu.type(note);
    menu.press('enter');
    await menu.waitFor('Backing up');
    await menu.waitFor('✓ Backed up');
  }

  /** It was closed in good order, and the normal screen has these lines and nothing else. */
  async function expectClosed(menu: Terminal, exitCode: number, said: (string | RegExp)[]): Promise<void> {
    expect(await menu.ended).toEqual({ exitCode, signal: null });
    expect(menu.leftBehind()).toEqual([]);
    expect(await menu.processes()).toEqual([]);
    expect(menu.history()).toEqual(
      said.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))),
    );
  }

  test('opens with where one is, follows what changes there, and closes without a trace', async () => {
    const target = await targets.target('open');
    await using menu = await target.open({ columns: 120 });
    expect(menu.isAlternate()).toBe(true);
    expect(menu.cursorVisible()).toBe(false);
    const [where, stock, rule, ...rest] = menu.screen();
    expect(where).toMatch(
      new RegExp(
        `^open ● running, ${targets.server.name}, PostgreSQL 17\\.\\d+, \\d\\.\\d MB, 0 connections$`,
      ),
    );
    expect(stock).toBe('Backups none yet');
    expect(rule).toBe('─'.repeat(120));
    expect(rest).toContain('❯ l  List backups  list the backups');
    expect(rest).toContain('  r  Restore       There are no backups yet: make one with b.');
    expect(rest).toContain('  u  Undo          There is nothing to undo: no clear or restore was made.');
    expect(rest.at(-1)).toBe('Enter Choose  ? Keys  q Quit');
    const at = (text: string): ReturnType<Terminal['cell']> => {
      const found = menu.find(text);
      return menu.cell(found?.column ?? -1, found?.row ?? -1);
    };
    expect(at('●').foreground).toBe('green');
    expect(at('none yet').foreground).toBe('yellow');
    expect(at('List backups')).toMatchObject({ bold: true, dim: false });
    expect(at('Back up')).toMatchObject({ bold: false, dim: false });
    expect(at('Undo')).toMatchObject({ dim: true });
    menu.press('down');
    await menu.waitFor('❯ b  Back up');
    expect(at('Back up')).toMatchObject({ bold: true });
    expect(at('List backups')).toMatchObject({ bold: false });

    await using _session = await openSession(targets.server, 'SELECT 1', { database: 'open' });
    await menu.waitFor('1 connection', rounds(60_000, 4000));
    menu.press('q');
    await expectClosed(menu, 0, []);
  });

  test('shows the tables, and all keys with why some do nothing now', async () => {
    const target = await targets.target('look', 'CREATE TABLE visits (id int)');
    await using menu = await target.open();
    menu.press('s');
    const status = await menu.waitFor('TABLE');
    expect(status).toContain('Undo       nothing to undo');
    expect(status).toContain(`Folder     ${target.folder}`);
    expect(status.join('\n')).toMatch(/public\.users +~40 +\d\d\.\d kB\n/);
    expect(status.join('\n')).toMatch(/public\.visits +not analysed +0 B\n/);
    menu.press('?');
    const help = await menu.waitFor('prove it by a real restore');
    const keys = help.slice(3).join(' ').replaceAll(/ +/g, ' ');
    expect(keys).toContain(
      ' r bring the chosen backup back; what is there now is backed up first (not now: There are no',
    );
    menu.press('end');
    await menu.waitFor('Ctrl-C      cancel what is running');
    menu.press('escape');
    await menu.waitFor('TABLE');
    menu.press('escape');
    await menu.waitFor('❯ l  List backups');
    menu.press('u');
    await menu.waitFor(
      (screen) => screen.at(-2) === 'There is nothing to undo: no clear or restore was made.',
    );
    menu.press('ctrl+c');
    await expectClosed(menu, 130, []);
  });

  test('backs up with a note; the backup is listed, with its details and what changed since the one before', async () => {
    const target = await targets.target('back_up');
    await using menu = await target.open({ columns: 200 });
    menu.press('down', 'enter');
    await menu.waitFor('Note (may stay empty)');
    menu.type('before 北京 👍');
    menu.press('backspace', '!');
    await menu.waitFor('Note (may stay empty): before 北京 !▏');
    menu.press('enter');
    await menu.waitFor(/✓ Backed up back_up: 43 rows, 2\.\d kB, .* back_up_backup_\d{8}_\d{6}\.sql/);
    await menu.waitFor(/^Backups 1 \(2\.\d kB\), newest just now, hash checked$/m);
    const [first = ''] = await ids(target);
    const manifest = JSON.parse(await readFile(join(target.folder, `${first}.json`), 'utf8'));
    expect(manifest).toMatchObject({ note: 'before 北京 !', reason: 'manual', total_records: 43 });

    await target.sql('DELETE FROM users WHERE id > 35; CREATE TABLE visits (id int)');
    await backUp(menu);
    const [, second = ''] = await ids(target);
    menu.press('l');
    await menu.waitFor('BACKUP');
    const row = menu.find(`❯ ${second}`)?.row ?? -1;
    expect(menu.find(`  ${first}`)?.row).toBe(row + 1);
    expect(menu.screen()[row]).toMatch(
      new RegExp(`^❯ ${second} just now +3\\.\\d kB +38 manual +hash checked `),
    );
    for (const column of [0, 20, 60]) {
      expect(menu.cell(column, row).inverse).toBe(true);
      expect(menu.cell(column, row + 1).inverse).toBe(false);
    }
    // What is beside the list is of the chosen one.
    await menu.waitFor(`Since ${first}:`);
    menu.press('enter');
    const details = await menu.waitFor(/^3 tables$/m);
    expect(details.slice(3, 6)).toEqual([
      second,
      expect.stringMatching(/^Made +just now, /),
      'Reason     manual',
    ]);
    const text = details.join('\n');
    expect(text).toContain(`\nSince ${first}:\n  users 40 → 35\n  visits comes in with 0 rows\n`);
    expect(text).toMatch(/\nRows {7}█▇ 38\n/);
    expect(text).toMatch(/\n3 tables\n +3 rows {2}public\.companies\n +35 rows {2}public\.users\n/);
    expect(text).toMatch(/\nChecksum {3}sha256:[0-9a-f]{64}\n/);
    menu.press('escape', 'down', 'enter');
    await menu.waitFor('It is the first of its database.');
    await menu.waitFor('Note       before 北京 !');

    menu.press('q');
    await expectClosed(menu, 0, [
      new RegExp(`^Backed up back_up: 43 rows, 2\\.\\d kB, .* ${first}\\.sql, ${manifest.checksum}$`),
      new RegExp(`^Backed up back_up: 38 rows, 3\\.\\d kB, .* ${second}\\.sql, sha256:[0-9a-f]{64}$`),
    ]);
  });

  test('pins, unpins, verifies, verifies deeply and deletes', async () => {
    const target = await targets.target('manage');
    await using menu = await target.open();
    await backUp(menu);
    const [id = ''] = await ids(target);
    menu.press('l', 'p');
    await menu.waitFor(`✓ Pinned ${id}`);
    await menu.waitFor(`❯*${id}`);
    menu.press('d');
    await menu.waitFor(`${id} is pinned: unpin it first.`);
    expect(menu.screen().join('\n')).not.toContain('y/N');
    menu.press('p');
    await menu.waitFor(`✓ Unpinned ${id}`);
    await menu.waitFor(`❯ ${id}`);

    menu.press('v');
    await menu.waitFor(`✓ Verified ${id}: hash checked, 43 rows`);
    menu.press('V');
    await menu.waitFor('Deeply verifying');
    await menu.waitFor(`✓ Verified ${id}: contents equal, 43 rows`);
    await menu.waitFor(/^Backups 1 .* contents equal$/m);
    await menu.waitFor(new RegExp(`^❯ ${id} .* contents equal`, 'm'));

    for (const no of ['n', 'enter', 'escape']) {
      menu.press('d');
      await menu.waitFor(`Delete ${id}?`);
      menu.press(no);
      await menu.waitFor((screen) => !screen.includes(`Delete ${id}?`));
    }
    expect(await ids(target)).toEqual([id]);
    menu.press('delete');
    await menu.waitFor('y deletes it, any other key keeps it (y/N)');
    menu.press('y');
    await menu.waitFor(`✓ Deleted ${id}`);
    await menu.waitFor('There are no backups yet. Press b to make one.');
    await menu.waitFor('Backups none yet');
    expect(await target.files()).toEqual([]);
    menu.press('q');
    await expectClosed(menu, 0, [
      /^Backed up manage: /,
      /^[0-9a-f]+$/,
      `Pinned ${id}`,
      `Unpinned ${id}`,
      /^Verified .*: hash checked, /,
      /^Verified .*: contents equal, /,
      `Deleted ${id}`,
    ]);
  });

  test('clears after the right name alone, and undoes that', async () => {
    const target = await targets.target('clear_me');
    await using menu = await target.open();
    menu.press('C');
    const asked = await menu.waitFor('Type clear_me to go on:');
    expect(asked).toContain('This empties the database clear_me of 43 rows in 2 tables; the schema stays.');
    expect(asked).toContain('  public.users loses 40 rows');
    expect(await rows(target)).toBe('40');
    menu.type('clear_mee');
    menu.press('enter');
    await menu.waitFor('That is not clear_me. Nothing was changed.');
    menu.press('y', 'enter');
    await menu.waitFor('Type clear_me to go on: ▏');
    expect(await rows(target)).toBe('40');
    expect(await target.files()).toEqual([]);
    menu.type('clear_me');
    await menu.waitFor('Type clear_me to go on: clear_me▏');
    menu.press('enter');
    await menu.waitFor('Clearing clear_me');
    await menu.waitFor(/✓ Cleared clear_me: 43 rows gone, out of reach for \d+ ms/);
    expect(await rows(target)).toBe('0');
    expect(await tables(target)).toBe('2');
    const [id = ''] = await ids(target);

    // The result and what it changed come at once: the very next key can undo it.
    menu.press('u');
    const undo = await menu.waitFor('Type clear_me to go on:');
    expect(undo[1]).toMatch(/^Backups 1 .*hash checked {2}Undo the clear, just now$/);
    expect(undo).toContain('This brings clear_me back as it was before the clear, just now.');
    menu.type('clear');
    menu.press('enter');
    await menu.waitFor('That is not clear_me. Nothing was changed.');
    expect(await rows(target)).toBe('0');
    menu.type('clear_me');
    menu.press('enter');
    await menu.waitFor('✓ Undone: clear_me is as it was before the clear of');
    expect(await rows(target)).toBe('40');
    menu.press('q');
    await expectClosed(menu, 0, [
      new RegExp(`^Cleared clear_me: 43 rows gone, out of reach for \\d+ ms, backed up as ${id}$`),
      /^Undone: clear_me is as it was before the clear of .* UTC, out of reach for \d+ ms$/,
    ]);
  });

  test('Tab turns a clear into one that starts from an empty database, and back', async () => {
    const target = await targets.target('everything');
    await using menu = await target.open();
    menu.press('C');
    await menu.waitFor('; the schema stays.');
    menu.press('tab');
    await menu.waitFor(' and of its schema.');
    menu.press('tab');
    await menu.waitFor('; the schema stays.');
    menu.press('tab');
    await menu.waitFor(' and of its schema.');
    menu.type('everything');
    menu.press('enter');
    await menu.waitFor('✓ Cleared everything: 43 rows gone');
    expect(await tables(target)).toBe('0');
    menu.press('C');
    await menu.waitFor('Type everything to go on:');
    menu.press('escape');
    await menu.waitFor((screen) => !screen.some((line) => line.includes('to go on:')));
    expect(await tables(target)).toBe('0');
  });

  test('restores what is chosen in the list, after its preview and the right name', async () => {
    const target = await targets.target('restore_me');
    await using menu = await target.open();
    await backUp(menu);
    await target.sql('DELETE FROM users WHERE id > 10; CREATE TABLE visits (id int)');
    await backUp(menu);
    const [older = '', newer = ''] = await ids(target);
    menu.press('r');
    const list = await menu.waitFor('RESTORE WHICH?');
    expect(list.join('\n')).toMatch(new RegExp(`❯ ${newer} [\\s\\S]*\n {2}${older} `));
    await menu.waitFor('Choose the backup that shall come back, then press Enter.');
    menu.press('down', 'enter');
    const asked = await menu.waitFor('Type restore_me to go on:');
    expect(asked).toContain(`This replaces the database restore_me from ${older}.`);
    expect(asked).toContain('  users 10 → 40');
    expect(asked).toContain('  visits goes away with its 0 rows');
    menu.paste('restore\n');
    await menu.waitFor('Type restore_me to go on: restore▏'); // a paste never goes on by itself
    menu.press('enter');
    await menu.waitFor('That is not restore_me. Nothing was changed.');
    expect(await rows(target)).toBe('10');
    menu.paste('restore_me');
    await menu.waitFor('Type restore_me to go on: restore_me▏');
    expect(await rows(target)).toBe('10');
    menu.press('enter');
    await menu.waitFor('Restoring restore_me');
    await menu.waitFor(`✓ Restored restore_me from ${older}: 43 rows proven, out of reach for`);
    expect(await rows(target)).toBe('40');
    expect(await tables(target)).toBe('2');
    await menu.waitFor('  BACKUP ');
    await menu.waitFor('Undo the restore, just now');
    menu.press('q');
    await expectClosed(menu, 0, [
      ...[/^Backed up/, /^[0-9a-f]+$/, /^Backed up/, /^[0-9a-f]+$/],
      /^Restored restore_me from .*: 43 rows proven, out of reach for \d+ ms$/,
      `  What was there is backed up as ${newer}; undo brings it back.`,
    ]);
  });

  test('takes what is typed fast as one write, key by key; what is pasted is text, and no command', async () => {
    const target = await targets.target('fast');
    await using menu = await target.open();
    menu.paste('jjCs');
    menu.burst('jjjjs');
    await menu.waitFor('TABLE');
    menu.press('escape');
    await menu.waitFor('❯ u  Undo');
    menu.press('C');
    await menu.waitFor('Type fast to go on:');
    menu.burst('fasd\u007Ft\r');
    await menu.waitFor('✓ Cleared fast: 43 rows gone');
    expect(await rows(target)).toBe('0');
    menu.press('u');
    await menu.waitFor('Type fast to go on:');
    menu.paste('fast\n');
    await menu.waitFor('Type fast to go on: fast▏');
    menu.press('enter');
    await menu.waitFor('✓ Undone: fast');
    expect(await rows(target)).toBe('40');
  });

  test('a preview that does not fit is scrolled to its last line, and the name is typed all the same', async () => {
    const names = Array.from(
      { length: 30 },
      (_, n) => `CREATE TABLE t${n} AS SELECT generate_series(0, ${n}) n`,
    );
    const target = await targets.target('long', names.join(';'));
    await using menu = await target.open({ columns: 60, rows: 16 });
    menu.press('C');
    const first = await menu.waitFor('Type long to go on: ▏');
    expect(first.join('\n')).toMatch(
      /\n {2}public\.users loses 40 rows\n[\s\S]*\n {2}29 more lines below, PgDn\nType/,
    );
    menu.press('pagedown');
    await menu.waitFor('23 more lines below, PgDn; 6 above, PgUp');
    menu.type('lo');
    menu.press('down', ...Array.from({ length: 9 }, () => 'pagedown'));
    const last = await menu.waitFor('29 more lines above, PgUp');
    expect(last).toContain('  public.t0 loses 1 row');
    expect(last).toContain('Type long to go on: lo▏');
    menu.press('up', 'pageup');
    await menu.waitFor('7 more lines below, PgDn; 22 above, PgUp');
    menu.type('ng');
    menu.press('enter');
    await menu.waitFor('✓ Cleared long: 508 rows gone');
    expect(await rows(target)).toBe('0');
  });

  test('a database that was made anew while its name was typed is not the one that is cleared', async () => {
    const target = await targets.target('anew');
    await targets.server.sql('CREATE DATABASE anew_after TEMPLATE sample', { database: 'postgres' });
    await using menu = await target.open();
    menu.press('C');
    await menu.waitFor('Type anew to go on:');
    // At one moment: a look between the two would find no database, and close the preview.
    const exchange = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'anew';
      BEGIN; ALTER DATABASE anew RENAME TO anew_before; ALTER DATABASE anew_after RENAME TO anew; COMMIT`;
    await vi.waitFor(() => targets.server.sql(exchange, { database: 'postgres' }), 30_000); // a look may be in it again
    menu.type('anew');
    await menu.waitFor('Type anew to go on: anew▏');
    menu.press('enter');
    const said = await menu.waitFor('✗ anew is not the database that was previewed any more');
    expect(said.join('\n')).toContain('Nothing was changed. Look at the preview again, then choose anew.');
    expect(await rows(target)).toBe('40');
    expect(await target.files()).toEqual([]);
  });

  test('what the terminal says by itself presses nothing', async () => {
    const target = await targets.target('quiet');
    await using menu = await target.open();
    const before = menu.screen();
    const E = '\u001b';
    for (const reply of [
      `${E}]11;rgb:1e1e/1e1e/2e2e\u0007`,
      `${E}]10;rgb:bbbb/bbbb/bbbb${E}\\`,
      `${E}[?62;1;2;4c`,
      `${E}[>41;389;0c`,
      `${E}P>|XTerm(389)${E}\\`,
      `${E}[12;40R`,
      `${E}[M !!${E}[M#lb`,
      `${E}[<0;10;12M${E}[<0;10;12m`,
      `${E}[I${E}[O`,
    ]) {
      menu.burst(reply);
      menu.burst(reply.slice(0, 5));
      menu.burst(reply.slice(5));
    }
    await menu.idle();
    menu.press('down', 'up');
    await menu.waitFor((screen) => screen.join('\n') === before.join('\n'));
    menu.press('b', '1');
    menu.burst(`${E}]11;rgb:1e1e/1e1e/2e2e\u0007`);
    menu.press('2');
    await menu.waitFor('Note (may stay empty): 12▏');
    menu.press('escape', 'q');
    await expectClosed(menu, 0, []);
  });

  test('changes nothing where NODE_ENV says production, and says why', async () => {
    const target = await targets.target('production');
    const cleared = await targets.project.tool(['clear', '--confirm=production'], target.env);
    expect(cleared.exitCode).toBe(0);
    await target.sql("INSERT INTO users SELECT n, 'x' FROM generate_series(1, 40) n");
    await using menu = await target.open({ env: { NODE_ENV: 'production' } });
    await backUp(menu);
    const files = await target.files();
    menu.press('C');
    await menu.waitFor('NODE_ENV says that this is production.');
    await menu.waitFor('Add --allow-production if this database is really meant.');
    for (const keys of [['r', 'enter'], ['u']]) {
      menu.press('down');
      await menu.waitFor((screen) => !screen.join('\n').includes('NODE_ENV'));
      menu.press(...keys);
      await menu.waitFor('✗ NODE_ENV says that this is production.');
    }
    expect(menu.screen().join('\n')).not.toContain('to go on');
    expect(await rows(target)).toBe('40');
    expect(await target.files()).toEqual(files);
    menu.press('q');
    expect((await menu.ended).exitCode).toBe(0);
  });
});
