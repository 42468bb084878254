import { Readable } from 'node:stream';
import { OperationError } from '../../src/core/errors.ts';
import type { BackupStore } from '../../src/core/ports/store.ts';
import { folderStore } from '../../src/store/folder-store.ts';
import { watchedFiles } from './store-files.ts';
import { fakeClock, manifestOf, never } from './store-sets.ts';

/** What processes leave in a folder that die at work. Each gives the id of the set. */

const data = (text: string): Readable => Readable.from([Buffer.from(text)]);

/** Dead while the dump was written. */
export async function leaveHalfWritten(store: BackupStore, database: string): Promise<string> {
  const pending = await store.begin(database, '.sql', never);
  await pending.write(data('half'), never);
  return pending.id;
}

/** Dead between the first rename of a publication and that of the metadata. */
export async function leaveHalfPublished({ folder }: BackupStore, database: string): Promise<string> {
  let renames = 0;
  const files = watchedFiles(({ name }) => {
    if (name === 'rename' && ++renames === 2) throw new OperationError('failed', 'dead');
  });
  const pending = await folderStore(folder, fakeClock(), files).begin(database, '.sql', never);
  const { checksum, sizeBytes } = await pending.write(data('whole\n'), never);
  const manifest = manifestOf(pending.id, { database, checksum, size_bytes: sizeBytes });
  await pending.publish(manifest, () => {}).catch(() => {});
  return pending.id;
}
