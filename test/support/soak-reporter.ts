import type { Reporter, TestCase } from 'vitest/node';

/** Says at once what failed: a long run goes on for an hour after it. */
export function soakReporter(): Reporter {
  return {
    onTestCaseResult(test: TestCase) {
      const { state, errors = [] } = test.result();
      if (state !== 'failed') return;
      const when = new Date().toISOString();
      const texts = errors.flatMap(({ stack, message, diff }) => [stack ?? message, diff ?? '']);
      process.stdout.write(`\nFailed at ${when}: ${test.fullName}\n${texts.join('\n')}\n`);
    },
  };
}
