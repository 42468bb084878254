import { appendFileSync } from 'node:fs';

/** Where the long form of the fault suite (`make soak`) collects its figures; unset in the quick form. */
const report = process.env['SOAK_REPORT'];

export const soaking = report !== undefined;

/** How often something is tried: the quick form is part of `make test`, the long one of `make soak`. */
export function rounds(quick: number, long: number): number {
  return soaking ? long : quick;
}

/** Keeps what a long run has measured or counted, for RELIABILITY.md: `kills` → `200, none lost anything`. */
export function tellFigure(name: string, value: string | number): void {
  if (report !== undefined) appendFileSync(report, `${JSON.stringify({ name, value: String(value) })}\n`);
}
