import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { expect } from 'vitest';
import { seed } from './seed.ts';

/** Where the long form of the fault suite (`make soak`) collects its figures; unset in the quick form. */
const report = process.env['SOAK_REPORT'];

export const soaking = report !== undefined;

/** How often something is tried, or how large it is: the quick form is part of `make test`, the long one of `make soak`. */
export function rounds(quick: number, long: number): number {
  return soaking ? long : quick;
}

/** What is tried: in the quick form so many of them, neighbours from `turn` behind where the seed points; in the long one all. */
export function someOf<T>(all: readonly T[], quick: number, turn = 0): T[] {
  const from = (seed + turn) % all.length;
  return soaking ? [...all] : [...all.slice(from), ...all.slice(0, from)].slice(0, quick);
}

/** Keeps what a long run has measured or counted, for RELIABILITY.md: `kills` → `200, none lost anything`. */
export function tellFigure(name: string, value: string | number): void {
  if (report === undefined) return;
  const file = relative('.', expect.getState().testPath ?? '');
  appendFileSync(report, `${JSON.stringify({ file, name, value: String(value) })}\n`);
}
