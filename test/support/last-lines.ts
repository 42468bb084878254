import { appendFileSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestModule } from 'vitest/node';

/** Where the runs that `make test` is made of keep what they came to: the last one tells of all. */
const kept = process.env['KUBEGRAM_TEST_RESULTS'];

/** Of a CI often no more is seen than the end of what was written. */
const roomForFailures = 15;
const longestFiles = 8;

interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  failures: { test: string; message: string }[];
  files: { name: string; seconds: number }[];
}

/**
 * Ends a run with what a person or a CI asks first: which files took longest, what failed and why, what repeats the run,
 * and, alone on the very last line, how many tests passed and failed.
 */
export function lastLines(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[]) {
      const outcomes = [...earlierOutcomes(), outcomeOf(modules)];
      if (kept !== undefined) appendFileSync(kept, `${JSON.stringify(outcomes.at(-1))}\n`);
      process.once('exit', () => process.stdout.write(`${inWords(outcomes).join('\n')}\n`));
    },
  };
}

function earlierOutcomes(): Outcome[] {
  if (kept === undefined) return [];
  const lines = readFileSync(kept, 'utf8').split('\n').filter(Boolean);
  return lines.map((line): Outcome => JSON.parse(line));
}

function outcomeOf(modules: readonly TestModule[]): Outcome {
  const outcome: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [], files: [] };
  const addFailure = (test: string, errors: readonly { message: string }[] = []): void => {
    outcome.failures.push({ test, message: errors[0]?.message ?? '' });
  };
  for (const module of modules) {
    const name = relative('.', module.moduleId);
    outcome.files.push({ name, seconds: Math.round(module.diagnostic().duration / 1000) });
    const failedBefore = outcome.failed;
    for (const test of module.children.allTests()) {
      const { state, errors } = test.result();
      if (state !== 'pending') outcome[state]++;
      if (state === 'failed') addFailure(`${name} > ${test.fullName}`, errors);
    }
    // What fails outside of any test, such as a hook or an import.
    if (module.state() === 'failed' && outcome.failed === failedBefore) {
      outcome.failed++;
      const suites = [...module.children.allSuites()].flatMap((suite) => suite.errors());
      addFailure(name, [...module.errors(), ...suites]);
    }
  }
  return outcome;
}

function inWords(outcomes: readonly Outcome[]): string[] {
  const sum = (of: 'passed' | 'failed' | 'skipped'): number =>
    outcomes.reduce((total, outcome) => total + outcome[of], 0);
  const longest = outcomes
    .flatMap(({ files }) => files)
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, longestFiles)
    .map(({ name, seconds }) => `${name} ${seconds} s`);
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  const room = Math.max(1, Math.floor(roomForFailures / failures.length) - 1);
  return [
    `Longest: ${longest.join(', ')}`,
    ...failures.flatMap(({ test, message }) => [`Failed: ${test}`, ...firstLines(message, room)]),
    `Chance was KUBEGRAM_TEST_SEED=${process.env['KUBEGRAM_TEST_SEED']}`,
    `Tests: ${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`,
  ];
}

function firstLines(message: string, room: number): string[] {
  const lines = stripVTControlCharacters(message).split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .slice(0, room)
    .map((line) => `  ${line.slice(0, 200)}`);
}
