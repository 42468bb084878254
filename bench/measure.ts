import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from './figures/result.ts';
import { type Command, readUsage, tellingUsage } from './usage.ts';

/** The tool knows no such flag, or will not: what was to be measured is left out, with this sentence. */
export class Refused extends Error {}

export type Timed = Pick<Sample, 'seconds' | 'cpuSeconds' | 'peakMegabytes'>;

export const project = join(import.meta.dirname, '..');

/**
 * Measures one command, whose output is thrown away.
 *
 * @throws Refused where a command of this tool ends with 2.
 */
export async function measure(command: Command): Promise<Timed> {
  const folder = mkdtempSync(join(tmpdir(), 'kubegram-bench-'));
  try {
    const report = join(folder, 'usage');
    const telling = tellingUsage(command, report);
    const started = performance.now();
    const { code, complaint } = await run(telling);
    const seconds = (performance.now() - started) / 1000;
    if (code === 2 && command.mayRefuse === true) throw new Refused(complaint.split('\n')[0]);
    if (code !== 0) throw new Error(`${command.args.join(' ')} ended with ${code}: ${complaint}`);
    return { seconds, ...readUsage(report) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run({ file, args, env }: Command): Promise<{ code: number | null; complaint: string }> {
  return new Promise((resolve, reject) => {
    let complaint = '';
    const child = spawn(file, args, {
      cwd: project,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    child.stderr.on('data', (data) => {
      complaint = (complaint + data).slice(-2000);
    });
    child.on('error', reject).on('close', (code) => resolve({ code, complaint: complaint.trim() }));
  });
}
