// Writes the table of what was measured into README.md; with --check it only says whether it is that of bench/results.
import { readFile, writeFile } from 'node:fs/promises';
import { readmeTable } from '../bench/figures/readme-table.ts';
import { readResults } from '../bench/figures/results-folder.ts';

const page = new URL('../README.md', import.meta.url);
const text = await readFile(page, 'utf8');
const table = /(?<=<!-- bench: .* -->\n).*?(?=<!-- end of bench -->)/s;
const fresh = text.replace(table, () => `${readmeTable(readResults())}\n`);

if (process.argv.includes('--check')) {
  if (text !== fresh) {
    console.error('README.md does not show what bench/results has. Type: npm run docs');
    process.exitCode = 1;
  }
} else {
  await writeFile(page, fresh);
}
