import { test } from 'vitest';
import { failingLoop, limitMs } from '../support/faulty-loop.ts';
import { allOther } from '../support/faulty-works.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { seed } from '../support/seed.ts';

describeWithDocker(`one call of one port fails (KUBEGRAM_TEST_SEED=${seed})`, () => {
  const tryAll = failingLoop('plain');

  test.each(allOther)(
    '$name harms nothing, whichever call of the store, a process or the clock fails, once or from then on',
    tryAll,
    limitMs,
  );
});
