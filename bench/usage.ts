import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Sample } from './figures/result.ts';

export interface Command {
  file: string;
  args: readonly string[];
  env?: Record<string, string>;
  /** A command of this tool, which ends with 2 where it knows a flag not yet. */
  mayRefuse?: boolean;
}

type Usage = Pick<Sample, 'cpuSeconds' | 'peakMegabytes'>;

const gnuTime = '/usr/bin/time';
const hasGnuTime =
  spawnSync(gnuTime, ['-q', '-f', '%M', '-o', '/dev/null', 'true'], { stdio: 'ignore' }).status === 0;

/**
 * The command, made to say at its end what it used. GNU time tells it of any command, by wait4, and is between
 * us and it for another reason too: a child's peak begins with that of the process that forked it (Linux carries
 * it over the exec), and ours is larger than what is measured. Without GNU time, a Node process tells of itself.
 */
export function tellingUsage({ file, args, env = {} }: Command, report: string): Command {
  if (hasGnuTime)
    return { file: gnuTime, args: ['-q', '-f', '%U %S %M', '-o', report, '--', file, ...args], env };
  const hook = `--import=${new URL('./report-usage.js', import.meta.url).href}`;
  return { file, args, env: { ...env, NODE_OPTIONS: hook, BENCH_USAGE: report } };
}

export function readUsage(report: string): Usage {
  try {
    const text = readFileSync(report, 'utf8');
    if (!hasGnuTime) return JSON.parse(text) as Usage;
    const [user = 0, system = 0, kilobytes = 0] = text.trim().split(' ').map(Number);
    return { cpuSeconds: user + system, peakMegabytes: (kilobytes * 1024) / 1e6 };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { cpuSeconds: null, peakMegabytes: null }; // not a Node process, and no GNU time
    throw error;
  }
}
