// Writes the table of the menu's keys into docs/menu.md; with --check it only says whether it is the code's.
import { readFile, writeFile } from 'node:fs/promises';
import { keysTable } from '../src/ui/tui/keys-table.ts';

const page = new URL('../docs/menu.md', import.meta.url);
const text = await readFile(page, 'utf8');
const table = /(?<=<!-- keys: .* -->\n).*?(?=<!-- end of keys -->)/s;
const fresh = text.replace(table, () => `${keysTable()}\n`);

if (process.argv.includes('--check')) {
  if (text !== fresh) {
    console.error('docs/menu.md does not show the keys that the menu has. Type: npm run docs');
    process.exitCode = 1;
  }
} else {
  await writeFile(page, fresh);
}
