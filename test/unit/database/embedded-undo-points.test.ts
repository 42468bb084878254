import { expect, test } from 'vitest';
import {
  type Catalog,
  type Entry,
  emptyCatalog,
  nextSequence,
  type UndoEntry,
  undoPointsOf,
} from '../../../src/database/embedded/catalog.ts';
import type { Cluster } from '../../../src/database/embedded/cluster.ts';
import type { EmbeddedFolder } from '../../../src/database/embedded/embedded-folder.ts';
import { swapIn } from '../../../src/database/embedded/swap.ts';

function entry(id: number, at: string, changes: Partial<UndoEntry> = {}): UndoEntry {
  const name = `app__kubegram_undo_${id}`;
  const dir = 'db-000000000000';
  const facts = { of: 'app', sizeBytes: 1, at, operation: 'clear', backupId: null } as const;
  return { role: 'undo', name, dir, id, ...facts, ...changes };
}

test('the newest undo point of an embedded database is the last one made, whatever the clock said', () => {
  const databases = [
    entry(1, '2030-01-01T00:00:00Z'), // of an older version of this tool
    entry(2, '2020-01-01T00:00:00Z'),
    entry(9, '2029-01-01T00:00:00Z', { sequence: 1 }),
    entry(4, '2021-01-01T00:00:00Z', { sequence: 2 }),
    entry(5, '2031-01-01T00:00:00Z', { sequence: 7, of: 'other' }),
  ];
  const catalog = { ...emptyCatalog(), databases };
  expect(undoPointsOf(catalog, 'app').map(({ oid }) => oid)).toEqual([4, 9, 1, 2]);
  expect(nextSequence(catalog)).toBe(8);
  expect(nextSequence(emptyCatalog())).toBe(1);
});

/** A folder of databases that are not opened: only its catalog changes. */
function folderOf(databases: Entry[]): Pick<EmbeddedFolder, 'catalog' | 'commit' | 'open' | 'close'> {
  let catalog: Catalog = { ...emptyCatalog(), databases };
  return {
    get catalog() {
      return catalog;
    },
    commit: async (change) => {
      catalog = { ...catalog, databases: change(catalog.databases) };
    },
    open: async () => ({ json: async () => 1 }) as unknown as Cluster,
    close: async () => {},
  };
}

test('a swap puts the live database aside as the newest, although an earlier one is of a clock that went ahead', async () => {
  const live: Entry = { role: 'database', name: 'app', dir: 'db-000000000001', id: 1 };
  const shadow: Entry = { role: 'shadow', name: 'app_shadow', dir: 'db-000000000002', id: 2 };
  const folder = folderOf([live, shadow, entry(3, '2099-01-01T00:00:00Z', { sequence: 4 })]);
  const { undoPoint } = await swapIn(folder as EmbeddedFolder, live, shadow, {
    operation: 'restore',
  });
  expect(undoPoint).toMatchObject({ oid: 1, operation: 'restore' });
  expect(undoPointsOf(folder.catalog, 'app').map(({ oid }) => oid)).toEqual([1, 3]);
  expect(folder.catalog.databases.find(({ id }) => id === 2)).toMatchObject({
    role: 'database',
    name: 'app',
  });
});
