import { defineConfig } from 'vitest/config';
import { countReporter } from './test/support/count-reporter.ts';

// The modules that publish, list, delete, lock and rotate: no branch of theirs goes untested.
const whole = [
  'src/core/{retention,find-backup,manifest}.ts',
  'src/operations/rotate.ts',
  'src/store/**/*.ts',
];

// On the way there: what is reached is not given up again.
const reached = {
  'src/database/postgres/{swap,swap-in,repair,drop-database}.ts': { branches: 75 },
  'src/operations/{verify,read-backup,manage}.ts': { branches: 70 },
  'src/process/file-lock.ts': { branches: 90 },
};

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Containers, PTYs and whole command lines: seconds each, and two cores to share.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', countReporter()],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { ...reached, ...Object.fromEntries(whole.map((glob) => [glob, { branches: 100 }])) },
    },
  },
});
