import type { Figure, Row } from './row.ts';

/** What was asked, as text. */
export function askedText({ most, unit }: Pick<Row, 'most' | 'unit'>): string {
  return `≤ ${numberText(most, unit)}`;
}

/** What was reached: `0.65`, or `1.20, missed by 71 %`; nothing is said of what was not measured. */
export function reachedText({ most, unit }: Pick<Row, 'most' | 'unit'>, figure: Figure | null): string {
  if (figure === null) return 'not measured';
  const reached = numberText(figure.value, unit);
  if (figure.value <= most) return reached;
  const beyond = (figure.value / most - 1) * 100;
  return `${reached}, missed by ${beyond < 1 ? 'less than 1' : beyond.toFixed(0)} %`;
}

function numberText(value: number, unit: Row['unit']): string {
  if (unit === 'MB') return `${value.toFixed(0)} MB`;
  if (unit === 's') return `${value < 0.1 ? value.toFixed(3) : value.toFixed(2)} s`;
  return value.toFixed(2);
}
