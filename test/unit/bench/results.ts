import type { Measured, Result, Sample } from '../../../bench/figures/result.ts';
import type { ContenderId } from '../../../bench/figures/titles.ts';

export function sample(seconds: number, more: Partial<Sample> = {}): Sample {
  return { seconds, cpuSeconds: null, containerCpuSeconds: null, peakMegabytes: null, bytes: null, ...more };
}

export function measured(id: ContenderId, ...seconds: number[]): Measured {
  return { id, samples: seconds.map((one) => sample(one)), leftOut: null };
}

export function result(more: Partial<Result> = {}): Result {
  return {
    server: 17,
    megabytes: 600,
    rounds: 3,
    facts: {
      date: '2026-11-26',
      commit: 'abc1234',
      machine: '2 cores',
      software: 'Node v24',
      postgres: 'PostgreSQL 17.11',
      databaseBytes: 622e6,
    },
    contenders: [],
    swaps: null,
    operations: null,
    menu: null,
    ...more,
  };
}
