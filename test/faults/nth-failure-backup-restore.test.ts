import { describe, test } from 'vitest';
import type { BackupFormat } from '../../src/core/backup-format.ts';
import { failingLoop, limitMs } from '../support/faulty-loop.ts';
import { backupAndRestore } from '../support/faulty-works.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { seed } from '../support/seed.ts';
import { someOf } from '../support/soak.ts';

/** What the tool loads itself, and what goes to a pg_restore in the container and has a place there for its time. */
const formats: BackupFormat[] = ['plain', 'directory'];

describeWithDocker(`one call of one port fails (KUBEGRAM_TEST_SEED=${seed})`, () => {
  describe.each(someOf(formats, 1))('%s', (format) => {
    const tryAll = failingLoop(format);

    test.each(backupAndRestore)(
      '$name harms nothing, whichever call of the store, a process or the clock fails, once or from then on',
      tryAll,
      limitMs,
    );
  });
});
