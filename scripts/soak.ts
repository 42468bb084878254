// The long form of the fault suite: an hour or two. Its counts and figures are kept for RELIABILITY.md.
//   npm run soak                              all of it
//   npm run soak test/faults/flips.test.ts …  some files of it
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { relative } from 'node:path';
import { $, chalk, tmpfile } from 'zx';
import type { SoakReport } from './reliability/report.ts';

type Results = {
  testResults: {
    name: string;
    status: string;
    startTime: number;
    endTime: number;
    assertionResults: { status: string }[];
  }[];
};
const kept = 'scripts/reliability/last-soak.json';

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
const { testResults }: Results = JSON.parse(text);
const figures = (await readFile(report, 'utf8'))
  .split('\n')
  .filter((line) => line !== '')
  .map((line): { file: string; name: string; value: string } => JSON.parse(line));
const docker = await $`docker version --format {{.Server.Version}}`;
const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Docker ${docker.stdout.trim()}, Node ${process.versions.node}`;
const told: SoakReport = testResults.map(({ name, status, startTime, endTime, assertionResults }) => {
  const file = relative('.', name);
  const count = (wanted: string): number => assertionResults.filter((test) => test.status === wanted).length;
  const [passed, failed] = [count('passed'), count('failed')];
  return {
    file,
    day: new Date(startTime).toISOString().slice(0, 10),
    commit,
    seed,
    minutes: Math.ceil((endTime - startTime) / 60_000),
    machine,
    passed,
    // Where what comes before the tests of a file fails, they count as skipped.
    failed: status === 'failed' ? Math.max(1, failed) : failed,
    skipped: assertionResults.length - passed - failed,
    figures: figures.filter((figure) => figure.file === file).map(({ name, value }) => ({ name, value })),
  };
});
const earlier: SoakReport = JSON.parse(await readFile(kept, 'utf8').catch(() => '[]'));
const isTold = ({ file }: { file: string }): boolean => told.some((one) => one.file === file);
const all = [...told, ...earlier.filter((one) => !isTold(one) && existsSync(one.file))];
await writeFile(
  kept,
  `${JSON.stringify(
    all.sort((a, b) => a.file.localeCompare(b.file)),
    null,
    2,
  )}\n`,
);
await $`npm run -s docs`;
for (const { name, value } of figures) console.log(`${name}: ${value}`);
const sum = (of: 'passed' | 'failed' | 'skipped'): number => told.reduce((sum, file) => sum + file[of], 0);
const minutes = Math.round((Date.now() - began) / 60_000);
console.log(
  chalk.bold(
    `Soak: ${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped, ${minutes} minutes`,
  ),
);
process.exitCode = run.exitCode ?? 1;
