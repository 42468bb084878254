import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { $ } from 'zx';
import { median, type Sample } from './measure.ts';
import type { MenuFigures } from './menu.ts';

export interface Row {
  what: string;
  samples: readonly Sample[];
  against?: string;
  others?: readonly Sample[];
}

export interface Report {
  machine: string;
  database: { megabytes: number; dumpMegabytes: number; server: string };
  rows: readonly Row[];
  swap: {
    count: number;
    medianBlockedMs: number;
    worstBlockedMs: number;
    medianGapMs: number;
    slowestGapMs: number;
  };
  menu: MenuFigures;
  sets: number;
}

export async function machineFacts(): Promise<string> {
  const { stdout } = await $`docker version --format ${'{{.Server.Version}}'}`;
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores, ${memory} GiB, Node ${process.version}, Docker ${stdout.trim()}`;
}

/** Writes the figures for people and for programs; both are committed. */
export function writeReport(project: string, report: Report): void {
  const folder = join(project, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const name = `${report.database.megabytes}mb`;
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  const text = asMarkdown(report);
  writeFileSync(join(folder, `${name}.md`), text);
  console.log(text);
}

function asMarkdown({ machine, database, rows, swap, menu }: Report): string {
  const seconds = (samples: readonly Sample[]) => median(samples.map((sample) => sample.seconds));
  const peak = (samples: readonly Sample[]) => Math.max(...samples.map((sample) => sample.peakMegabytes));
  const lines = rows.map(({ what, samples, against, others }) => {
    const beside = others === undefined ? '' : seconds(others).toFixed(2);
    const ratio = others === undefined ? '' : (seconds(samples) / seconds(others)).toFixed(2);
    return `| ${what} | ${samples.length} | ${seconds(samples).toFixed(2)} | ${peak(samples).toFixed(0)} | ${against ?? ''} | ${beside} | ${ratio} |`;
  });
  return `# ${database.megabytes} MB database, ${database.dumpMegabytes} MB as plain SQL, ${database.server}

${new Date().toISOString().slice(0, 10)}, ${machine}. Medians of runs that alternate; peak memory is the largest of all runs.

| what | runs | seconds | peak MB | against | seconds | ratio |
|---|---|---|---|---|---|---|
${lines.join('\n')}

${swap.count} swaps under 6 clients that reconnect at once: live blocked from fence to rename ${swap.medianBlockedMs.toFixed(1)} ms
(median; worst ${swap.worstBlockedMs.toFixed(1)} ms); the slowest client's gap ${swap.medianGapMs.toFixed(0)} ms (median; worst ${swap.slowestGapMs.toFixed(0)} ms).

${menuText(menu)}
`;
}

function menuText({ firstFrame, keyMs, backupMs, lostMs, backMs }: MenuFigures): string {
  const frames = firstFrame.map(
    ({ command, ms }) =>
      `| \`${command}\` | ${ms.length} | ${median(ms).toFixed(0)} | ${Math.max(...ms).toFixed(0)} |`,
  );
  return `The menu, at a real terminal of 100 × 30:

| from command to first frame | runs | median ms | worst ms |
|---|---|---|---|
${frames.join('\n')}

${keyMs.length} keys pressed during ${backupMs.length} backups of ${(median(backupMs) / 1000).toFixed(1)} s were answered on the screen within ${median(keyMs).toFixed(0)} ms
(median; worst ${Math.max(...keyMs).toFixed(0)} ms).

A container that is killed shows within ${median(lostMs).toFixed(0)} ms (median; worst ${Math.max(...lostMs).toFixed(0)} ms), its return within ${median(backMs).toFixed(0)} ms
(worst ${Math.max(...backMs).toFixed(0)} ms), ${lostMs.length} times each.`;
}
