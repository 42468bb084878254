import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Mutation testing, by `npm run mutation`: of the modules that publish, verify, delete, lock and rotate, and of those
// that swap, against sessions in memory. MUTATION=server tries these against a container, a minute for each mutant.
const swap = ['src/database/postgres/{swap,swap-in,fence,repair,drop-database}.ts'];
const parts = {
  files: [
    'src/core/{retention,find-backup,manifest}.ts',
    'src/operations/{rotate,tidy-up,undo-points,verify,load-proven,read-backup,manage}.ts',
    'src/process/file-lock.ts',
    'src/store/*.ts',
  ],
  swap,
  server: swap,
};
const part = process.env.MUTATION ?? 'files';
const work = join(tmpdir(), 'kubegram-mutation');

export default {
  mutate: process.env.MUTATE?.split(',') ?? parts[part],
  testRunner: 'vitest',
  // Which tests are related is told by coverage; asking vitest for it as well costs a second for each mutant.
  vitest: { configFile: 'vitest.mutation.config.ts', pool: 'forks', related: false },
  coverageAnalysis: 'perTest',
  dryRunTimeoutMinutes: 30,
  concurrency: 1,
  ignorePatterns: ['backups', 'coverage', 'bench', 'docs'],
  tempDirName: join(work, part),
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: join(work, `${part}.json`) },
};
