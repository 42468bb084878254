import { appendFileSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestModule } from 'vitest/node';

/** Where the runs that `make test` is made of keep what they came to: the last one tells of all. */
const kept = process.env['KUBEGRAM_TEST_RESULTS'];

/** Of a CI often no more is seen than the end of what was written. */
const roomForFailures = 15;
const mostFailures = 7;
const longestFiles = 8;

interface Failure {
  where: string;
  message: string;
}

interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  failures: Failure[];
  files: { name: string; seconds: number }[];
}

/**
 * Ends a run with what a person or a CI asks first: which files took longest, what failed and why, what repeats the run,
 * and, alone on the very last line, how many tests passed and failed.
 */
export function lastLines(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[], unhandled) {
      const outcome = outcomeOf(modules);
      outcome.failed += unhandled.length;
      outcome.failures.push(...failuresOf('outside of all tests', unhandled));
      if (kept !== undefined) appendFileSync(kept, `${JSON.stringify(outcome)}\n`);
      const outcomes = kept === undefined ? [outcome] : read(kept);
      process.once('exit', () => process.stdout.write(`${inWords(outcomes).join('\n')}\n`));
    },
  };
}

function read(path: string): Outcome[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.map((line): Outcome => JSON.parse(line));
}

function outcomeOf(modules: readonly TestModule[]): Outcome {
  const outcome: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [], files: [] };
  for (const module of modules) {
    const name = relative('.', module.moduleId);
    outcome.files.push({ name, seconds: Math.round(module.diagnostic().duration / 1000) });
    const failedBefore = outcome.failed;
    for (const test of module.children.allTests()) {
      const { state, errors } = test.result();
      if (state !== 'pending') outcome[state]++;
      if (state === 'failed')
        outcome.failures.push(...failuresOf(`${name} > ${test.fullName}`, errors ?? []));
    }
    // An import or a hook that fails belongs to no test; of a file with nothing else it counts as one.
    const suites = [...module.children.allSuites()].flatMap((suite) => suite.errors());
    outcome.failures.push(...failuresOf(name, [...module.errors(), ...suites]));
    if (module.state() === 'failed' && outcome.failed === failedBefore) outcome.failed++;
  }
  return outcome;
}

/** Of several soft failures of a test the first tells enough. */
function failuresOf(where: string, errors: readonly { message?: unknown }[]): Failure[] {
  const told = (text: string): string => stripVTControlCharacters(text);
  return errors.slice(0, 1).map(({ message }) => ({ where: told(where), message: told(String(message)) }));
}

function inWords(outcomes: readonly Outcome[]): string[] {
  const sum = (of: 'passed' | 'failed' | 'skipped'): number =>
    outcomes.reduce((total, outcome) => total + outcome[of], 0);
  const longest = outcomes
    .flatMap(({ files }) => files)
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, longestFiles)
    .map(({ name, seconds }) => `${name} ${seconds} s`);
  return [
    `Longest: ${longest.join(', ')}`,
    ...failureLines(outcomes.flatMap(({ failures }) => failures)),
    `Chance was KUBEGRAM_TEST_SEED=${process.env['KUBEGRAM_TEST_SEED']}`,
    `Tests: ${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`,
  ];
}

function failureLines(failures: readonly Failure[]): string[] {
  const shown = failures.slice(0, mostFailures);
  const room = Math.floor(roomForFailures / shown.length) - 1;
  const lines = shown.flatMap(({ where, message }) => [
    `Failed: ${where}`,
    ...firstLines(message, room).map((line) => `  ${line}`),
  ]);
  const more = failures.length - shown.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].map((line) => line.slice(0, 250));
}

function firstLines(message: string, room: number): string[] {
  const lines = message.split('\n');
  return lines.filter((line) => line.trim() !== '').slice(0, room);
}
