import { defineConfig } from 'vitest/config';

// The tests that run for each mutant. Mutants live in the process of the test: those that try the real thing in
// processes of their own see none, and the loop over all failures takes as long as all others together.
const without = ['kill', 'lock-races', 'failures'].map((name) => `test/unit/store/${name}.test.ts`);
const tests: Record<string, string[]> = {
  files: [
    'test/unit/core/{retention,rotate,find-backup,manifest}.test.ts',
    'test/unit/operations/*.test.ts',
    'test/unit/process/file-lock.test.ts',
    'test/unit/store/*.test.ts',
  ],
  swap: ['test/unit/database/{swap,swap-in,repair,drop-database,own-databases}.test.ts'],
  server: ['test/integration/{swap,swap-faults,leftovers}.test.ts'],
};

export default defineConfig({
  test: {
    include: tests[process.env['MUTATION'] ?? 'files'] ?? [],
    exclude: without,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
