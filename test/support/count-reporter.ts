import { appendFileSync, readFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Where the runs that `make test` is made of keep their counts: the last one says how many there were in all. */
const kept = process.env['KUBEGRAM_TEST_COUNTS'];

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
      count.failed += modules.filter((module) => module.state() === 'failed' && count.failed === 0).length;
      const all = [count];
      if (kept !== undefined) {
        appendFileSync(kept, `${JSON.stringify(count)}\n`);
        all.splice(
          0,
          1,
          ...readFileSync(kept, 'utf8')
            .trim()
            .split('\n')
            .map((line): typeof count => JSON.parse(line)),
        );
      }
      const sum = (of: keyof typeof count): number => all.reduce((total, one) => total + one[of], 0);
      const line = `Tests: ${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`;
      const again = `Chance was KUBEGRAM_TEST_SEED=${process.env['KUBEGRAM_TEST_SEED']}`;
      process.once('exit', () => process.stdout.write(`${again}\n${line}\n`));
    },
  };
}
