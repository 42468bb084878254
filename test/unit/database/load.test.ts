import { describe, expect, it } from 'vitest';
import { sharedLoadSettings } from '../../../src/database/postgres/load.ts';

const server = { version: '17.6', superuser: true };

describe('the settings of sessions that share a load out', () => {
  it.each([
    [2, 2, '0'],
    [2, 3, '0'],
    [4, 2, '0'],
    [2, 4, undefined],
    [1, 1, undefined],
  ])('%i of them on %i cores: workers beside them are %s', (jobs, cores, workers) => {
    const [, found] =
      /max_parallel_maintenance_workers=(\d+)/.exec(sharedLoadSettings(server, jobs, cores)) ?? [];
    expect(found).toBe(workers);
  });
});
