// The long form of the fault suite: an hour or two. Its counts and figures are kept for RELIABILITY.md.
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { $, chalk, tmpfile } from 'zx';
import type { SoakReport } from './reliability/report.ts';

const seed = process.env['KUBEGRAM_TEST_SEED'] ?? String(Date.now() % 1_000_000);
const commit = (await $`git describe --always --dirty`).stdout.trim();
const report = tmpfile('soak.jsonl', '');
const results = tmpfile('soak-results.json', '');
const began = Date.now();
/** Whatever has a long form, wherever it is. */
const long = await $`git grep -lE ${"support/(soak|majors)\\.ts'"} -- ${'test/*.test.ts'}`;
const args = process.argv.slice(2);
const files = args.length > 0 ? args : ['test/faults', ...long.stdout.trim().split('\n')];

const run = await $({
  stdio: 'inherit',
  nothrow: true,
  env: { ...process.env, KUBEGRAM_TEST_SEED: seed, SOAK_REPORT: report, SOAK_RESULTS: results },
})`npx vitest run ${files}`;

const text = await readFile(results, 'utf8');
if (text === '') throw new Error('The run was broken off: it left no results.');
const { numPassedTests, numFailedTests, numPendingTests, success } = JSON.parse(text);
const figures = (await readFile(report, 'utf8'))
  .split('\n')
  .filter((line) => line !== '')
  .map((line): SoakReport['figures'][number] => JSON.parse(line));
const docker = await $`docker version --format {{.Server.Version}}`;
const told: SoakReport = {
  day: new Date(began).toISOString().slice(0, 10),
  minutes: Math.round((Date.now() - began) / 60_000),
  machine: `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Docker ${docker.stdout.trim()}, Node ${process.versions.node}`,
  commit,
  seed,
  passed: numPassedTests,
  // Where what comes before the tests of a file fails, they count as skipped.
  failed: success ? 0 : Math.max(1, numFailedTests),
  skipped: numPendingTests,
  figures,
};
// A run of a part says nothing of the whole.
if (args.length === 0) {
  await writeFile('scripts/reliability/last-soak.json', `${JSON.stringify(told, null, 2)}\n`);
  await $`npm run -s docs`;
}
for (const { name, value } of figures) console.log(`${name}: ${value}`);
console.log(
  chalk.bold(
    `Soak: ${told.passed} passed, ${told.failed} failed, ${told.skipped} skipped, ${told.minutes} minutes`,
  ),
);
process.exitCode = run.exitCode ?? 1;
