// Writes RELIABILITY.md; with --check it only says whether it is true: the tests that it names are there.
import { readFile, writeFile } from 'node:fs/promises';
import { cases } from './reliability/cases.ts';
import { hasTest } from './reliability/has-test.ts';
import { reliabilityPage } from './reliability/page.ts';
import type { MutationReport, SoakReport } from './reliability/report.ts';

const root = new URL('../', import.meta.url);
const page = new URL('RELIABILITY.md', root);
const read = (path: string | URL): Promise<string> =>
  readFile(new URL(path, root), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });

const missing: string[] = [];
for (const { number, proofs } of cases) {
  for (const { file, title } of proofs) {
    if (!hasTest(await read(file), title)) missing.push(`Case ${number}: ${file} has no test "${title}".`);
  }
}
const report = async <T>(name: string): Promise<T | null> => {
  const text = await read(`scripts/reliability/${name}.json`);
  return text === '' ? null : (JSON.parse(text) as T);
};
const fresh = reliabilityPage(
  cases,
  await report<SoakReport>('last-soak'),
  await report<MutationReport>('last-mutation'),
);

if (missing.length > 0) {
  console.error(missing.join('\n'));
  process.exitCode = 1;
} else if (!process.argv.includes('--check')) {
  await writeFile(page, fresh);
} else if ((await read(page)) !== fresh) {
  console.error('RELIABILITY.md is not what the tests are. Type: npm run docs');
  process.exitCode = 1;
}
