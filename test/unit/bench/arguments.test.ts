import { describe, expect, it } from 'vitest';
import { readArguments } from '../../../bench/arguments.ts';
import { containerCpuSeconds } from '../../../bench/container-cpu.ts';

describe('the arguments of the benchmark', () => {
  it('are 600 MB on postgres:17 where there are none', () => {
    expect(readArguments([])).toMatchObject({ sizes: [600], server: 17, rounds: 5, whole: true });
  });

  it('name sizes, a server and rounds', () => {
    const args = ['--server', '15', '100', '600', '--rounds', '7'];
    expect(readArguments(args)).toMatchObject({ sizes: [100, 600], server: 15, rounds: 7, whole: true });
  });

  it.each([[['--only', 'backup,status']], [['--rounds', '1']]])(
    'of a part of the benchmark make no whole result: %j',
    (args) => {
      expect(readArguments(args).whole).toBe(false);
    },
  );

  it.each([[['big']], [['0']], [['--rounds', '1.5']], [['--only', 'backups']], [['--server', 'x']]])(
    'are refused where they mean nothing: %j',
    (args) => {
      expect(() => readArguments(args)).toThrow(/whole number|no group/);
    },
  );
});

describe('the CPU time of a container', () => {
  it('is read from cgroup 2 and from cgroup 1, in seconds', () => {
    expect(containerCpuSeconds('usage_usec 2500000\nuser_usec 1\n')).toBe(2.5);
    expect(containerCpuSeconds('2500000000\n')).toBe(2.5);
  });

  it('is not known where neither is there', () => {
    expect(containerCpuSeconds('')).toBeNull();
  });
});
