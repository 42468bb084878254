import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { steadied } from '../../../src/core/steadied.ts';

describe('the time left as it is shown', () => {
  it('counts down with the time where what is reckoned is right', () => {
    const shown = steadied();
    for (let at = 0; at <= 10; at += 0.5) expect(shown(at, 10 - at)).toBeCloseTo(10 - at);
  });

  it('stands still where a little more is left than it says', () => {
    const shown = steadied();
    shown(0, 10);
    for (let at = 0.1; at < 5; at += 0.1) expect(shown(at, 10.9)).toBe(10);
  });

  it('comes down within a second or so where less is left', () => {
    const shown = steadied();
    shown(0, 100);
    let last = 100;
    for (let at = 0.1; at < 2; at += 0.1) {
      const now = shown(at, 20) ?? Number.NaN;
      expect(now).toBeLessThan(last);
      last = now;
    }
    expect(last).toBeLessThan(32);
    expect(last).toBeGreaterThanOrEqual(20);
  });

  it('is raised where much more is left for two seconds on end, and not by a moment', () => {
    const shown = steadied();
    shown(0, 10);
    expect(shown(1, 40)).toBe(10);
    expect(shown(2, 9)).toBe(9);
    expect(shown(3, 40)).toBe(9);
    expect(shown(4, 40)).toBe(9);
    expect(shown(5, 40)).toBe(40);
  });

  it('is not known where nothing can be reckoned', () => {
    expect(steadied()(0, undefined)).toBeUndefined();
  });

  it('rises by more than a seventh and a second, or not at all', () => {
    const looks = fc.array(
      fc.tuple(fc.double({ min: 0, max: 3, noNaN: true }), fc.double({ min: 0, max: 1e4, noNaN: true })),
    );
    fc.assert(
      fc.property(looks, (all) => {
        const shown = steadied();
        let at = 0;
        let before = Number.POSITIVE_INFINITY;
        for (const [after, reckoned] of all) {
          at += after;
          const now = shown(at, reckoned) ?? Number.NaN;
          if (now > before) expect(now).toBeGreaterThan(Math.max(before * 1.15, before + 1));
          expect(now).toBeGreaterThanOrEqual(0);
          before = now;
        }
      }),
    );
  });
});
