/** Reads `cpu.stat` of cgroup 2 (microseconds) or `cpuacct.usage` of cgroup 1 (nanoseconds). */
export function containerCpuSeconds(text: string): number | null {
  const micro = /^usage_usec (\d+)$/m.exec(text)?.[1];
  if (micro !== undefined) return Number(micro) / 1e6;
  const nano = /^\d+$/.exec(text.trim())?.[0];
  return nano === undefined ? null : Number(nano) / 1e9;
}
