// Mutation testing: what would the tests of the modules that publish, verify, delete, lock, swap and rotate let pass?
// The figures are kept for RELIABILITY.md; each module has to be at 90 % or better.
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $, chalk } from 'zx';
import type { MutationReport } from './reliability/report.ts';

type StrykerReport = { files: Record<string, { mutants: { status: string }[] }> };
const noticing = ['Killed', 'Timeout'];
const passing = ['Survived', 'NoCoverage'];
const least = 0.9;

const files: MutationReport['files'] = [];
for (const part of ['files', 'swap']) {
  await $({ stdio: 'inherit', env: { ...process.env, MUTATION: part } })`npx stryker run`;
  const report = join(tmpdir(), 'kubegram-mutation', `${part}.json`);
  const tried: StrykerReport = JSON.parse(await readFile(report, 'utf8'));
  for (const [name, { mutants }] of Object.entries(tried.files)) {
    const count = (statuses: string[]): number =>
      mutants.filter(({ status }) => statuses.includes(status)).length;
    const noticed = count(noticing);
    files.push({ name, noticed, changes: noticed + count(passing) });
  }
}
const told: MutationReport = {
  day: new Date().toISOString().slice(0, 10),
  commit: (await $`git describe --always --dirty`).stdout.trim(),
  files: files.filter(({ changes }) => changes > 0).sort((a, b) => a.name.localeCompare(b.name)),
};
await writeFile('scripts/reliability/last-mutation.json', `${JSON.stringify(told, null, 2)}\n`);
await $`npm run -s docs`;
const low = told.files.filter(({ noticed, changes }) => noticed / changes < least);
for (const { name, noticed, changes } of low) console.log(chalk.red(`${name}: ${noticed} of ${changes}`));
process.exitCode = low.length > 0 ? 1 : 0;
