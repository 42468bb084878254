import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MenuTargets, menuTargets } from '../support/menu-targets.ts';
import { describeWithDocker } from '../support/require-docker.ts';

const readme = join(import.meta.dirname, '../../README.md');
const picture = /(?<=<!-- picture: .* -->\n```\n).*?(?=```\n<!-- end of picture -->)/s;

/** Some weeks of work: rows that come and go between the backups. */
const work = [
  `CREATE TABLE projects (id int, name text); INSERT INTO projects SELECT n, 'p' || n FROM generate_series(1, 12) n`,
  `INSERT INTO users SELECT n, 'user' || n || '@example.com' FROM generate_series(41, 148) n`,
  `DELETE FROM projects WHERE id > 9`,
];

describeWithDocker('the picture of the menu in the README', () => {
  let targets: MenuTargets;

  beforeAll(async () => {
    targets = await menuTargets();
  });
  afterAll(() => targets?.[Symbol.asyncDispose]());

  // UPDATE_PICTURE=1 npx vitest run test/tui/picture.test.ts writes it anew.
  test('is the screen that the menu has', async () => {
    await targets.server.sql('DROP DATABASE kubegram', { database: 'postgres' }); // the image made it, empty
    const target = await targets.target('kubegram');
    await using menu = await target.open({ env: { BACKUP_KEEP: '4' }, columns: 96, rows: 27 });
    for (const [at, sql] of work.entries()) {
      await target.sql(sql);
      menu.press('b');
      await menu.waitFor('Note (may stay empty)');
      menu.type(['before the migration', '', 'before wiping the test users'][at] ?? '');
      menu.press('enter');
      await menu.waitFor((screen) => screen.some((line) => line.includes(`Backups ${at + 1} (`)));
      await menu.waitFor((screen) => !screen.some((line) => line.includes('Ctrl-C cancels')));
    }
    menu.press('l', 'p');
    await menu.waitFor('Pinned');
    menu.press('v');
    await menu.waitFor('Verified');
    menu.press('down');
    await menu.waitFor(/users 40 → 148/);
    const screen = await menu.waitFor('0 connections');
    const shown = `${screen.join('\n').replace(targets.server.name, 'kubegram-server-postgres-1')}\n`;
    const text = await readFile(readme, 'utf8');
    if (process.env['UPDATE_PICTURE'] === '1')
      await writeFile(
        readme,
        text.replace(picture, () => shown),
      );
    const drawn = picture.exec(await readFile(readme, 'utf8'))?.[0] ?? '';
    expect(withoutFigures(drawn)).toBe(withoutFigures(shown));
  });
});

/** What differs from run to run: digits, and with them the spaces before them. */
function withoutFigures(screen: string): string {
  return screen
    .replaceAll(/sha256:[0-9a-f]+/g, 'sha256:0')
    .replaceAll(/[\d.]+/g, '0')
    .replaceAll(/ +/g, ' ');
}
