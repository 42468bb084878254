import type { Case, Proof } from './cases.ts';
import type { SoakReport } from './report.ts';

/** RELIABILITY.md: each case with the tests that prove it, and what the last long run did. */
export function reliabilityPage(cases: readonly Case[], soak: SoakReport | null): string {
  return [
    '# Reliability',
    '',
    'There is no moment and no accident at which data is gone: this is how that is proven. Each case below names the',
    'tests that show it; they run against real Postgres servers in containers, real files and real processes.',
    '`make test` runs the quick form of them all, `make soak` the long one. In every failing case the tests look at',
    'the exit code, the sentence that the person reads, a digest of the live database, and every earlier backup byte',
    'by byte. (This page is made by `npm run docs`; `make check` fails when a test that it names is not there.)',
    '',
    '## The cases',
    '',
    ...cases.flatMap(caseLines),
    '## The last long run',
    '',
    ...(soak === null ? ['None was made yet.'] : soakLines(soak)),
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

function soakLines({ day, minutes, machine, passed, failed, figures }: SoakReport): string[] {
  return [
    `${day}, ${minutes} minutes, ${machine}: ${passed} tests passed, ${failed} failed.`,
    '',
    '| what | figure |',
    '|---|---|',
    ...figures.map(({ name, value }) => `| ${name} | ${value} |`),
  ];
}
