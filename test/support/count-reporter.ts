import type { Reporter, TestModule } from 'vitest/node';

/**
 * Says how many tests passed and failed, alone on the very last line of a run, for people and for CI; before it, what
 * repeats a run that failed.
 */
export function countReporter(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[]) {
      const count = { passed: 0, failed: 0, skipped: 0 };
      for (const module of modules) {
        for (const test of module.children.allTests()) {
          const { state } = test.result();
          if (state !== 'pending') count[state]++;
        }
      }
      const broken = modules.filter((module) => module.state() === 'failed' && count.failed === 0).length;
      const line = `Tests: ${count.passed} passed, ${count.failed + broken} failed, ${count.skipped} skipped`;
      const again = `Chance was KUBEGRAM_TEST_SEED=${process.env['KUBEGRAM_TEST_SEED']}`;
      process.once('exit', () => process.stdout.write(`${again}\n${line}\n`));
    },
  };
}
