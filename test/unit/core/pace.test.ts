import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noPace, type Pace, paceMeter } from '../../../src/core/pace.ts';
import type { Progress } from '../../../src/core/progress.ts';

interface Part {
  foreseen: number;
  /** What it really takes, in seconds. */
  takes: number;
  tells: boolean;
}

/** What a person is shown every tenth of a second of an operation, with the time that is really left. */
function run(parts: readonly Part[]): { left: number; whole: number; pace: Pace }[] {
  const meter = paceMeter();
  const steps = parts.map(({ foreseen }, n) => ({ name: `${n}`, seconds: foreseen }));
  const whole = parts.reduce((sum, { takes }) => sum + takes, 0);
  const shown: { left: number; whole: number; pace: Pace }[] = [];
  let begun = 0;
  for (const [at, { takes, tells }] of parts.entries()) {
    meter.tell(begun * 1000, { phase: `${at}`, course: { steps, at } });
    for (let now = Math.ceil(begun * 10) / 10; now < begun + takes; now += 0.1) {
      const share = tells ? { share: (now - begun) / takes } : {};
      meter.tell(now * 1000, { phase: `${at}`, course: { steps, at }, ...share });
      shown.push({ left: whole - now, whole, pace: meter.look(now * 1000) });
    }
    begun += takes;
  }
  return shown;
}

/** Steps as they are foreseen, on a machine that is slower or faster and not quite even. */
const operations = fc
  .record({
    slow: fc.double({ min: 0.7, max: 4, noNaN: true }),
    parts: fc.array(
      fc.record({
        foreseen: fc.double({ min: 3, max: 20, noNaN: true }),
        uneven: fc.double({ min: 0.95, max: 1.05, noNaN: true }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    silent: fc.array(fc.double({ min: 0, max: 0.5, noNaN: true }), { maxLength: 3 }),
  })
  .map(({ slow, parts, silent }) => [
    ...parts.map(({ foreseen, uneven }) => ({ foreseen, takes: foreseen * slow * uneven, tells: true })),
    ...silent.map((foreseen) => ({ foreseen, takes: foreseen * slow, tells: false })),
  ]);

const any = fc.array(
  fc.record({
    after: fc.double({ min: 0, max: 10_000, noNaN: true }),
    progress: fc.record(
      {
        phase: fc.constantFrom('a', 'b'),
        bytes: fc.nat(),
        expectedBytes: fc.nat(),
        share: fc.double({ min: -1, max: 2, noNaN: true }),
        course: fc
          .array(fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }), {
            minLength: 1,
          })
          .chain((seconds) =>
            fc.record({
              steps: fc.constant(seconds.map((one, n) => ({ name: `${n}`, seconds: one }))),
              at: fc.nat(seconds.length - 1),
            }),
          ),
      },
      { requiredKeys: ['phase'] },
    ) as fc.Arbitrary<Progress>,
  }),
);

describe('what is shown of an operation', () => {
  it('is nothing before anything is told', () => {
    expect(paceMeter().look(5)).toEqual(noPace);
  });

  it('is within a quarter of the truth from its half on, or three quarters of a second, however slow the machine is', () => {
    fc.assert(
      fc.property(operations, (parts) => {
        fc.pre(parts.reduce((sum, { takes }) => sum + takes, 0) >= 12);
        for (const { left, whole, pace } of run(parts)) {
          if (left > whole / 2) continue;
          const wrong = Math.abs((pace.secondsLeft ?? Number.POSITIVE_INFINITY) - left);
          expect(wrong).toBeLessThanOrEqual(Math.max(0.75, left / 4));
        }
      }),
    );
  });

  it('has a share that never shrinks once the whole is foreseen, and never says that all is done', () => {
    fc.assert(
      fc.property(any, (told) => {
        const meter = paceMeter();
        let now = 0;
        let before: number | undefined;
        let foreseen = false;
        for (const { after, progress } of told) {
          meter.tell(now, progress);
          if (!foreseen) before = undefined;
          foreseen ||= progress.course !== undefined;
          for (const at of [now, now + after / 2, now + after]) {
            const { share, rate, secondsLeft } = meter.look(at);
            expect(share ?? 0).toBeGreaterThanOrEqual(before ?? 0);
            expect(share ?? 0).toBeLessThanOrEqual(0.99);
            expect(rate).toBeGreaterThanOrEqual(0);
            expect(secondsLeft ?? 0).toBeGreaterThanOrEqual(0);
            expect(secondsLeft ?? 0).toBeLessThan(Number.POSITIVE_INFINITY);
            before = share ?? before;
          }
          now += after;
        }
      }),
    );
  });
});

describe('the rate', () => {
  const tell = (meter: ReturnType<typeof paceMeter>, second: number, bytes: number, phase = 'a') =>
    meter.tell(second * 1000, { phase, bytes });

  it('is that of the last five seconds: a slow start does not colour the whole run', () => {
    const meter = paceMeter();
    for (let second = 0; second <= 10; second++) tell(meter, second, second);
    for (let second = 11; second <= 16; second++) tell(meter, second, (second - 10) * 1000);
    expect(meter.look(16_000).rate).toBe(1000);
  });

  it('is that of its phase, and nothing where nothing moves any more', () => {
    const meter = paceMeter();
    tell(meter, 0, 500);
    expect(meter.look(0).rate).toBe(0);
    tell(meter, 1, 1000);
    expect(meter.look(1000).rate).toBe(500);
    expect(meter.look(7000).rate).toBe(0);
    tell(meter, 8, 700, 'b');
    expect(meter.look(8000).rate).toBe(0);
    tell(meter, 9, 600, 'b');
    expect(meter.look(9000).rate).toBe(0);
  });
});

describe('of a phase by itself, where nothing of the whole is foreseen,', () => {
  it('the share and the time left are told by its bytes', () => {
    const meter = paceMeter();
    meter.tell(0, { phase: 'Checking', bytes: 0, expectedBytes: 1000 });
    meter.tell(1000, { phase: 'Checking', bytes: 100, expectedBytes: 1000 });
    expect(meter.look(1000)).toEqual({ rate: 100, share: 0.1, secondsLeft: 9 });
    meter.tell(2000, { phase: 'Swapping' });
    expect(meter.look(2000)).toEqual(noPace);
  });

  it('nothing is told where its length is not known', () => {
    const meter = paceMeter();
    meter.tell(0, { phase: 'Dumping', bytes: 10 });
    expect(meter.look(0)).toEqual(noPace);
  });
});

describe('what says nothing of the whole', () => {
  it('is a part of what was foreseen before', () => {
    const meter = paceMeter();
    const course = { steps: [{ name: 'one', seconds: 4 }], at: 0 };
    meter.tell(0, { phase: 'a', course });
    meter.tell(1000, { phase: 'b' });
    expect(meter.look(1000)).toMatchObject({ share: 0.25, secondsLeft: 3 });
  });
});
