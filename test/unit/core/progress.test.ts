import { describe, expect, it } from 'vitest';
import { paceMeter } from '../../../src/core/progress.ts';

describe('the pace of a run', () => {
  it('is nothing at its first moment', () => {
    expect(paceMeter()(1000, 500, 1000)).toEqual({ rate: 0, secondsLeft: undefined });
  });

  it('is bytes a second, and tells the time left where the whole is known', () => {
    const meter = paceMeter();
    meter(0, 0, 1000);
    expect(meter(1000, 100, 1000)).toEqual({ rate: 100, secondsLeft: 9 });
    expect(meter(2000, 300)).toEqual({ rate: 150, secondsLeft: undefined });
  });

  it('is that of the last five seconds: a slow start does not colour the whole run', () => {
    const meter = paceMeter();
    for (let second = 0; second <= 10; second++) meter(second * 1000, second);
    for (let second = 11; second <= 15; second++) meter(second * 1000, (second - 10) * 1000);
    expect(meter(16_000, 6000).rate).toBe(1000);
  });

  it('starts anew after a long silence', () => {
    const meter = paceMeter();
    meter(0, 0, 1000);
    expect(meter(60_000, 500, 1000)).toEqual({ rate: 0, secondsLeft: undefined });
  });

  it('never is negative, and no time is left of what is longer than expected', () => {
    const meter = paceMeter();
    meter(0, 500, 1000);
    expect(meter(1000, 400, 1000)).toEqual({ rate: 0, secondsLeft: undefined });
    expect(meter(2000, 1200, 1000)).toEqual({ rate: 350, secondsLeft: undefined });
  });
});
