// Runs all tests: those of the units first, whose coverage is looked at, then those against the real thing. The last line
// counts both.
//   make test
import { $, tmpfile } from 'zx';

const env = {
  ...process.env,
  KUBEGRAM_TEST_SEED: process.env['KUBEGRAM_TEST_SEED'] ?? String(Date.now() % 1_000_000),
  KUBEGRAM_TEST_RESULTS: tmpfile('results.jsonl', ''),
};

for (const part of [['--project=unit', '--coverage'], ['--project=real']]) {
  const { exitCode } = await $({ stdio: 'inherit', nothrow: true, env })`npx vitest run ${part}`;
  process.exitCode ||= exitCode ?? 1;
}
