import type { Case, Proof } from './cases.ts';
import type { MutationReport, SoakReport } from './report.ts';

/** RELIABILITY.md: each case with the tests that prove it, and what the last long runs did. */
export function reliabilityPage(
  cases: readonly Case[],
  soak: SoakReport | null,
  mutation: MutationReport | null,
): string {
  return [
    '# Reliability',
    '',
    'There is no moment and no accident at which data is gone: this is how that is proven. Each case below names the',
    'tests that show it; they run against real Postgres servers in containers, real files and real processes.',
    '`make test` runs the quick form of them all, `make soak` the long one. Where a case is a command that fails, the',
    'tests look at its exit code, the sentence that the person reads, the content of the live database, and every',
    'earlier backup byte by byte. What of a case is not met is said with it; for all of them, there is no audit log',
    'yet. (This page is made by `npm run docs`; `make check` fails when a test that it names is not there.)',
    '',
    '## The cases',
    '',
    ...cases.flatMap(caseLines),
    '## The last long runs',
    '',
    ...(soak === null ? ['None was made yet.'] : soakLines(soak)),
    '',
    '## Mutation testing',
    '',
    ...(mutation === null ? ['None was made yet.'] : mutationLines(mutation)),
    '',
  ].join('\n');
}

function caseLines({ number, when, shown, proofs, short }: Case): string[] {
  return [
    `### ${number}. ${when}`,
    '',
    `${shown}`,
    '',
    ...proofs.map((proof) => `- ${proofText(proof)}`),
    ...(short === undefined ? [] : ['', `Not met: ${short}`]),
    '',
  ];
}

function proofText({ file, title }: Proof): string {
  return `\`${file}\`: ${title.replace(/([_*<>])/g, '\\$1')}`;
}

function soakLines(files: SoakReport): string[] {
  const sum = (of: 'passed' | 'failed' | 'skipped'): number => files.reduce((all, file) => all + file[of], 0);
  const machines = [...new Set(files.map(({ machine }) => machine))].join('; ');
  return [
    `${sum('passed')} tests passed, ${sum('failed')} failed, ${sum('skipped')} skipped, on ${machines}. Files run two at a time; their minutes are rounded up.`,
    '',
    '| what | figure |',
    '|---|---|',
    ...files.flatMap(({ figures }) => figures).map(({ name, value }) => `| ${name} | ${value} |`),
    '',
    '| file | passed | failed | minutes | tried, and `KUBEGRAM_TEST_SEED` |',
    '|---|---|---|---|---|',
    ...files.map(
      ({ file, passed, failed, minutes, day, commit, seed }) =>
        `| \`${file}\` | ${passed} | ${failed} | ${minutes} | ${day}, ${commit}, ${seed} |`,
    ),
  ];
}

function mutationLines(modules: MutationReport): string[] {
  return [
    'Of the changes that Stryker made to a module, so many were noticed by its tests:',
    '',
    '| module | changes | noticed | tried |',
    '|---|---|---|---|',
    ...modules.map(({ name, noticed, changes, day, commit }) => {
      const share = ((100 * noticed) / changes).toFixed(1);
      return `| ${name} | ${changes} | ${share} % | ${day}, ${commit} |`;
    }),
  ];
}
