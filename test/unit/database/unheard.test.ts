import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { loadArchive } from '../../../src/database/postgres/archive-load.ts';
import { postgresClient } from '../../../src/database/postgres/client.ts';
import { feeding } from '../../../src/database/postgres/feed.ts';
import { openSession } from '../../../src/database/postgres/session.ts';
import { faultyProcesses, type ProcessFault } from '../../support/faulty-processes.ts';
import { localLauncher } from '../../support/local-launcher.ts';
import { never } from '../../support/store-sets.ts';

/** Reads all it is told to do, and says nothing any more. */
const silent = { file: 'sh', args: ['-c', 'exec >&-; cat > /dev/null; exec sleep 60'] };

it.concurrent('a load whose psql is not heard any more fails, though that goes on', async () => {
  const load = feeding(postgresClient(localLauncher), never, async (open) => open(silent).done());
  await expect(load).rejects.toThrow('The database server went away in the middle of the restore.');
});

it.concurrent('a session whose psql is not heard any more fails, though that goes on', async () => {
  const answer = openSession(localLauncher, silent).run('SELECT 1', 'Looking');
  await expect(answer).rejects.toThrow('The database server went away in the middle of looking.');
});

/** Sends an archive of so many bytes to this machine, by processes of which one use goes wrong. */
function sending(fault: Omit<ProcessFault, 'lasting'>, length: number): Promise<void> {
  const { start } = faultyProcesses({ ...fault, lasting: false });
  const archive = {
    format: 'custom' as const,
    length,
    bytes: Readable.from([Buffer.alloc(length / 2), Buffer.alloc(length / 2)]),
    sent: () => {},
  };
  return loadArchive(
    {
      client: postgresClient({ ...localLauncher, start }),
      database: 'app',
      server: { version: '17.6', superuser: true },
    },
    archive,
    { signal: never, extensions: [], withoutOwners: false, withoutPolicies: false, jobs: 1 },
  );
}

const wentAway = 'The database server went away in the middle of the restore.';

it.each([
  [1, wentAway],
  [2, 'the archive did not arrive whole'],
] as const)(
  'an archive of which word %i is not heard, that it arrived and where it lies, is not waited for',
  async (nth, reason) => {
    await expect(sending({ use: 'read', kind: 'output cut', nth }, 5000)).rejects.toThrow(reason);
  },
);

it.each(['broken pipe', 'killed'])(
  'an archive whose receiver goes away while it is sent fails by how that ended, not by its pipe (%s)',
  async (kind) => {
    // More than a pipe takes at once, so that it is waited for.
    await expect(sending({ use: 'write', kind, nth: 1 }, 2_000_000)).rejects.toThrow(wentAway);
  },
);
