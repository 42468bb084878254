import { expect, test } from 'vitest';
import { formatBytes } from '../../../src/core/format.ts';
import type { Connection, FreeRoom } from '../../../src/core/ports/target.ts';
import { requireLoadSpace } from '../../../src/operations/space.ts';
import { memoryStore } from '../../support/store-memory.ts';

const reserve = 16 * 1024 * 1024;
const [database, archive] = [50_000_000, 30_000_000];
const nothing: FreeRoom = { data: null, archives: null, shared: false };

/** A set whose data file has this ending, where the server has this room. */
const tryToLoad = (ending: string, room: Partial<FreeRoom>): Promise<void> => {
  const set = memoryStore().add(1, 3, { database_size_bytes: database });
  const connection: Partial<Connection> = { freeRoom: async () => ({ ...nothing, ...room }) };
  const manifest = { ...set.manifest, size_bytes: archive };
  return requireLoadSpace(connection as Connection, { ...set, dataFile: `${set.id}${ending}`, manifest });
};

test.each([
  ['plain SQL, for its database', '.sql', 'data', database, {}],
  ['packed SQL on a disk with other files, for its database', '.sql.zst', 'data', database, { shared: true }],
  ['a custom archive, for its database', '.dump', 'data', database, {}],
  ['a custom archive, for itself', '.dump', 'archives', archive, {}],
  ['a directory, for the tar and what is unpacked of it', '.tar', 'archives', 2 * archive, {}],
  [
    'a directory on one disk, for its database beside it',
    '.tar',
    'data',
    database + archive,
    { shared: true },
  ],
] as const)('%s: not a byte less than the room, and the reserve', async (_, ending, where, bytes, more) => {
  const tried = (free: number) => tryToLoad(ending, { ...more, [where]: free });
  await expect(tried(reserve + bytes)).resolves.toBeUndefined();
  const place = where === 'data' ? 'where it keeps its data' : 'for temporary files';
  await expect(tried(reserve + bytes - 1)).rejects.toMatchObject({
    code: 'disk-full',
    message: expect.stringMatching(
      new RegExp(`^The server has .* free ${place}; .* needs? about ${formatBytes(reserve + bytes)}\\.$`),
    ),
  });
});

test('where nobody can tell, nothing is refused', async () => {
  await expect(tryToLoad('.tar', {})).resolves.toBeUndefined();
});
