// Loaded into the measured Node process: writes what it used, at its end. npm is a Node process too, and so
// are its children; the last to end, npm itself, would overwrite the others, hence the largest value stays.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const report = process.env['BENCH_USAGE'];
if (report !== undefined) {
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const own = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMegabytes: (maxRSS * 1024) / 1e6 };
    const other = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : own;
    writeFileSync(report, JSON.stringify(own.peakMegabytes >= other.peakMegabytes ? own : other));
  });
}
