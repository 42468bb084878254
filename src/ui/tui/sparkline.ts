const bars = '▁▂▃▄▅▆▇█';

/** Values as a row of bars, the largest full; the last ones where there are more than fit. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const largest = Math.max(...shown, 1);
  return shown.map((value) => bars[Math.round((value / largest) * (bars.length - 1))]).join('');
}
