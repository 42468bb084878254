// Runs all tests: those of the units first, whose coverage is looked at, then those against the real thing. The last line
// counts both.
//   make test
import { $, fs, tmpfile } from 'zx';

const results = tmpfile('results.jsonl', '');
const env = {
  ...process.env,
  KUBEGRAM_TEST_SEED: process.env['KUBEGRAM_TEST_SEED'] ?? String(Date.now() % 1_000_000),
  KUBEGRAM_TEST_RESULTS: results,
};

for (const part of [['--project=unit', '--coverage'], ['--project=real']]) {
  const { exitCode } = await $({ stdio: 'inherit', nothrow: true, env })`npx vitest run ${part}`;
  process.exitCode ||= exitCode ?? 1;
  if (exitCode !== 0) tellFailure(`vitest run ${part.join(' ')}`, `It ended with exit code ${exitCode}.`);
}

/** For the last lines of the next part: that coverage is missing, say, is told by no test. */
function tellFailure(where: string, message: string): void {
  const outcome = { passed: 0, failed: 0, skipped: 0, failures: [{ where, message }], files: [] };
  fs.appendFileSync(results, `${JSON.stringify(outcome)}\n`);
}
