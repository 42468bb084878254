import { largest, median, medianOf } from './median.ts';
import { menuText } from './menu-text.ts';
import { progressText } from './progress-text.ts';
import type { Measured, Result } from './result.ts';
import { rows } from './rows.ts';
import { titles } from './titles.ts';
import { askedText, reachedText } from './verdict.ts';

/** The report of one size on one server, for people. */
export function sectionReport(result: Result): string {
  const { facts, server, megabytes, rounds, contenders, menu, progress } = result;
  const leftOut = contenders.flatMap(({ id, leftOut: why }) =>
    why === null ? [] : [`- \`${titles[id].title}\` is left out: ${why}`],
  );
  return [
    `# postgres:${server}, a database of ${megabytes} MB`,
    '',
    `${facts.date}, commit ${facts.commit}. ${facts.machine}. ${facts.software}. ${facts.postgres}; the database has`,
    `${(facts.databaseBytes / 1e6).toFixed(0)} MB by \`pg_database_size\`.`,
    '',
    ...method(rounds),
    '',
    '| what | against | asked | reached | of |',
    '|---|---|---|---|---|',
    ...rows.map((row) => {
      const figure = row.figure(result);
      const against = row.against === '' ? '' : code(row.against);
      return `| ${row.what} | ${against} | ${askedText(row)} | ${reachedText(row, figure)} | ${figure?.detail ?? ''} |`;
    }),
    '',
    ...leftOut,
    ...(leftOut.length === 0 ? [] : ['']),
    '| command | runs | median s | worst s | CPU s | CPU s in the container | peak MB | MB on disk |',
    '|---|---|---|---|---|---|---|---|',
    ...contenders.filter(({ samples }) => samples.length > 0).map(contenderLine),
    '',
    ...(contenders.some(({ samples }) => samples.some(({ cpuSeconds }) => cpuSeconds === null))
      ? ['Where CPU and memory are blank: this machine has no GNU time to tell them.', '']
      : []),
    ...(menu === null ? [] : [menuText(menu), '']),
    ...(progress === undefined ? [] : [progressText(progress), '']),
  ].join('\n');
}

function method(rounds: number): string[] {
  return [
    `In each round every command of a group runs once, in turn; the first round is not counted, then ${rounds} are (of`,
    'status four times as many). Before each run, and not in its time: the server checkpoints, the disk is synced, what the',
    'run before left is removed. CPU is of the command and its children on this side of the Docker engine, whose own',
    'share is in no column; the container has the server and what runs beside it. Memory is of the largest process. On disk',
    'is what the command left: of a backup its files, of a restore its databases (with ours, the one that was replaced too).',
  ];
}

function contenderLine({ id, samples }: Measured): string {
  const seconds = samples.map((sample) => sample.seconds);
  const bytes = medianOf(samples.map((sample) => sample.bytes));
  const cells = [
    code(titles[id].title),
    samples.length,
    median(seconds).toFixed(2),
    Math.max(...seconds).toFixed(2),
    fixed(medianOf(samples.map((sample) => sample.cpuSeconds)), 2),
    fixed(medianOf(samples.map((sample) => sample.containerCpuSeconds)), 2),
    fixed(largest(samples.map((sample) => sample.peakMegabytes)), 0),
    bytes === null ? '' : (bytes / 1e6).toFixed(1),
  ];
  return `| ${cells.join(' | ')} |`;
}

function fixed(value: number | null, digits: number): string {
  return value === null ? '' : value.toFixed(digits);
}

/** A pipe would end the cell, in code too. */
function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}
