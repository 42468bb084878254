import { describe, expect, it } from 'vitest';
import type { Progress } from '../../../src/core/progress.ts';
import { timeLeft } from '../../../src/core/time-left.ts';

const steps = [
  { name: 'load', seconds: 10 },
  { name: 'builds', seconds: 20 },
];
const loading = (share?: number): Progress => ({
  phase: 'Restoring',
  course: { steps, at: 0 },
  ...(share === undefined ? {} : { share }),
});
const building = (share: number): Progress => ({ phase: 'Building', course: { steps, at: 1 }, share });

describe('the time left', () => {
  it('is what was foreseen where nothing is told yet', () => {
    const time = timeLeft();
    expect(time.left(0)).toBeUndefined();
    time.tell(0, loading());
    expect(time.left(0)).toBeCloseTo(30);
    expect(time.left(4)).toBeCloseTo(26);
  });

  it('of the coming steps is longer where this run is slower than foreseen', () => {
    const time = timeLeft();
    for (let at = 0; at <= 15; at++) time.tell(at, loading(at / 30));
    const left = time.left(15) ?? Number.NaN;
    expect(left).toBeGreaterThan(65); // 15 s of its own, and 20 s that become nearly 60
    expect(left).toBeLessThan(75);
  });

  it('goes on where a step is overdue of which nothing is told', () => {
    const time = timeLeft();
    time.tell(0, loading());
    expect(time.left(100)).toBeGreaterThan(100 / 5 + 20);
  });

  it('goes by between two pieces of news, and waits where they are missed', () => {
    const time = timeLeft();
    time.tell(0, loading(0));
    time.tell(10, loading(1));
    for (let at = 11; at <= 20; at++) time.tell(at, building((at - 10) / 20));
    const now = time.left(20) ?? Number.NaN;
    expect(now).toBeCloseTo(10, 0);
    expect(time.left(21)).toBeCloseTo(now - 1);
    expect(time.left(40)).toBeGreaterThan(now + 10);
  });

  it('is reckoned anew where a step does the same once more', () => {
    const time = timeLeft();
    time.tell(0, { phase: 'Checking', share: 0.9 });
    time.tell(1, { phase: 'Checking', share: 1 });
    expect(time.left(1)).toBe(0);
    time.tell(2, { phase: 'Checking', share: 0.25 });
    time.tell(3, { phase: 'Checking', share: 0.5 });
    expect(time.left(3)).toBeCloseTo(2);
  });

  it('is not known as long as nobody foresees a step', () => {
    const time = timeLeft();
    const unknown = { name: 'backup', seconds: undefined };
    time.tell(0, { phase: 'a', course: { steps: [unknown, ...steps], at: 0 }, share: 0.5 });
    expect(time.left(1)).toBeUndefined();
    time.tell(2, { phase: 'b', course: { steps: [...steps, unknown], at: 0 } });
    expect(time.left(2)).toBeUndefined();
  });
});
