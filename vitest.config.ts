import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { lastLines } from './test/support/last-lines.ts';
import { LongestFirst } from './test/support/longest-first.ts';
import { soakReporter } from './test/support/soak-reporter.ts';

// The modules that publish, verify, delete, lock, swap and rotate: no branch of theirs goes untested.
const whole = [
  'src/core/{retention,find-backup,manifest}.ts',
  'src/operations/{rotate,tidy-up,undo-points,verify,load-proven,read-backup,manage}.ts',
  'src/database/postgres/{swap,swap-in,swap-outcome,fence,repair,drop-database}.ts',
  'src/process/file-lock.ts',
  'src/store/**/*.ts',
];

/** Where `make soak` wants the results to lie. */
const soakResults = process.env['SOAK_RESULTS'];

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], isolate: false } },
      // Against real servers, processes and terminals. Its coverage would tell little, and cost a tenth of its time.
      { extends: true, test: { name: 'real', include: ['test/{faults,e2e,integration,tui}/**/*.test.ts'] } },
    ],
    // Containers, PTYs and whole command lines: seconds each, and two cores to share.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    // Where there are two cores, one more than those: some test always waits for a limit or a screen, so that nine files take
    // 222 s instead of 252. Timings are steadier without it, and the long form tells of some.
    maxWorkers: Math.max(soakResults === undefined ? 3 : 2, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    globalSetup: ['test/support/global-setup.ts'],
    reporters:
      soakResults === undefined
        ? ['default', lastLines()]
        : ['default', soakReporter(), ['json', { outputFile: soakResults }], lastLines()],
    coverage: {
      provider: 'v8',
      include: whole, // the others' lines would cost time to look up, and nobody asks for them
      reporter: ['text-summary', 'json-summary'],
      thresholds: Object.fromEntries(whole.map((glob) => [glob, { branches: 100 }])),
    },
  },
});
