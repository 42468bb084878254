import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadArchive } from '../../../src/database/postgres/archive-load.ts';
import { postgresClient } from '../../../src/database/postgres/client.ts';
import { feeding } from '../../../src/database/postgres/feed.ts';
import { openSession } from '../../../src/database/postgres/session.ts';
import { faultyProcesses } from '../../support/faulty-processes.ts';
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

it.each([
  [1, 'The database server went away in the middle of the restore.'],
  [2, 'the archive did not arrive whole'],
] as const)(
  'an archive of which word %i is not heard, that it arrived and where it lies, is not waited for',
  async (nth, reason) => {
    const { start } = faultyProcesses({ use: 'read', kind: 'output cut', nth, lasting: false });
    const bytes = readFileSync(import.meta.filename);
    const archive = {
      format: 'custom' as const,
      length: bytes.length,
      bytes: (async function* () {
        yield bytes;
      })(),
      sent: () => {},
    };
    const load = loadArchive(
      {
        client: postgresClient({ ...localLauncher, start }),
        database: 'app',
        server: { version: '17.6', superuser: true },
      },
      archive,
      { signal: never, extensions: [], withoutOwners: false, withoutPolicies: false, jobs: 1 },
    );
    await expect(load).rejects.toThrow(reason);
  },
);
