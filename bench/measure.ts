import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One run of a command: wall time in seconds, CPU time in seconds, peak memory of the process in megabytes. */
export interface Sample {
  seconds: number;
  cpuSeconds: number;
  peakMegabytes: number;
}

export interface Contender {
  name: string;
  run(): Promise<Sample>;
}

/** Runs each contender in turn, round after round, so that all of them see the same machine. */
export async function alternate(
  contenders: readonly Contender[],
  rounds: number,
): Promise<Map<string, Sample[]>> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as Sample[]]));
  for (let round = 1; round <= rounds; round++) {
    for (const { name, run } of contenders) {
      const sample = await run();
      samples.get(name)?.push(sample);
      console.error(`  round ${round}/${rounds}  ${name}: ${sample.seconds.toFixed(2)} s`);
    }
  }
  return samples;
}

/** Measures one process. The memory and CPU of a Node process are told by itself, at its end. */
export async function measure(
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Sample> {
  const folder = mkdtempSync(join(tmpdir(), 'kubegram-bench-'));
  const report = join(folder, 'usage.json');
  const options = `--import=${new URL('./report-usage.js', import.meta.url).href}`;
  const started = performance.now();
  try {
    const code = await new Promise((resolve, reject) => {
      const child = spawn(file, args, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, ...env, NODE_OPTIONS: options, BENCH_USAGE: report },
      });
      child.on('error', reject).on('close', resolve);
    });
    const seconds = (performance.now() - started) / 1000;
    if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with code ${code}`);
    return { seconds, ...readUsage(report) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readUsage(report: string): Omit<Sample, 'seconds'> {
  try {
    return JSON.parse(readFileSync(report, 'utf8')) as Omit<Sample, 'seconds'>;
  } catch {
    return { cpuSeconds: Number.NaN, peakMegabytes: Number.NaN }; // not a Node process
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? Number.NaN)) / 2 : upper;
}
