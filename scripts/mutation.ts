// Mutation testing: what would the tests of the modules that publish, verify, delete, lock, swap and rotate let pass?
//   npm run mutation                          all of them
//   npm run mutation src/store/lock.ts …      some of them
// The figures are kept for RELIABILITY.md; each module has to be at 90 % or better.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $, argv, chalk } from 'zx';
import type { MutationReport } from './reliability/report.ts';

type StrykerReport = { files: Record<string, { mutants: { status: string }[] }> };
const noticing = ['Killed', 'Timeout'];
const passing = ['Survived', 'NoCoverage'];
const least = 0.9;
const kept = 'scripts/reliability/last-mutation.json';

const day = new Date().toISOString().slice(0, 10);
const commit = (await $`git describe --always --dirty`).stdout.trim();
const told: MutationReport = JSON.parse(await readFile(kept, 'utf8').catch(() => '[]'));
const byName = new Map(told.map((one) => [one.name, one]));
const low: string[] = [];

const ofSwap = (name: string): boolean => name.includes('/postgres/');
for (const part of ['files', 'swap']) {
  const modules = argv._.filter((name) => ofSwap(name) === (part === 'swap'));
  if (argv._.length > 0 && modules.length === 0) continue;
  const some = modules.length > 0 ? { MUTATE: modules.join(',') } : {};
  await $({ stdio: 'inherit', env: { ...process.env, MUTATION: part, ...some } })`npx stryker run`;
  const report = join(tmpdir(), 'kubegram-mutation', `${part}.json`);
  const tried: StrykerReport = JSON.parse(await readFile(report, 'utf8'));
  for (const [name, { mutants }] of Object.entries(tried.files)) {
    const count = (statuses: string[]): number =>
      mutants.filter(({ status }) => statuses.includes(status)).length;
    const noticed = count(noticing);
    const changes = noticed + count(passing);
    if (changes === 0) continue;
    byName.set(name, { name, changes, noticed, day, commit });
    if (noticed / changes < least) low.push(`${name}: ${noticed} of ${changes}`);
  }
}
const sorted = [...byName.values()]
  .filter(({ name }) => existsSync(name))
  .sort((a, b) => a.name.localeCompare(b.name));
await writeFile(kept, `${JSON.stringify(sorted, null, 2)}\n`);
await $`npm run -s docs`;
for (const line of low) console.log(chalk.red(line));
process.exitCode = low.length > 0 ? 1 : 0;
