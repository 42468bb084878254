import { cp } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/core/errors.ts';
import { writeManifest } from '../../../src/core/manifest.ts';
import type { BackupStore, CompleteSet } from '../../../src/core/ports/store.ts';
import { folderStore } from '../../../src/store/folder-store.ts';
import { soaking, someOf } from '../../support/soak.ts';
import { type FaultCode, failingFiles } from '../../support/store-files.ts';
import { leaveHalfPublished, leaveHalfWritten } from '../../support/store-leftovers.ts';
import {
  contentsOf,
  expectSound,
  fakeClock,
  laySet,
  newFolder,
  publishData,
  removeFolders,
  unfinishedIn,
} from '../../support/store-sets.ts';

afterAll(removeFolders);

const codes: readonly FaultCode[] = ['ENOSPC', 'EIO', 'EMFILE', 'EACCES', 'EROFS'];
/** In the quick form a full disk stays full, and one of the others comes once. */
const [once, lasting] = soaking ? [codes, codes] : [someOf(codes.slice(1), 1), codes.slice(0, 1)];

interface Work {
  name: string;
  /** What lies in the folder beforehand, besides two whole sets. */
  leave?(store: BackupStore): Promise<unknown>;
  /** Where it ends without an error, it has done all that it was for. */
  act(store: BackupStore): Promise<unknown>;
  /** Of the two, how many it does not touch. */
  untouched: number;
  /** How many sets there are once it was done. */
  setsAfter: number;
  /** The one file of the second set that it changes: this, or what it was, is all that it may ever say. */
  replaces?(): { name: string; text: string };
}

let template: string;
let sets: CompleteSet[];
const second = (): CompleteSet => sets[1] as CompleteSet;
const pinned = () => ({ ...second().manifest, pinned: true });

const works: Work[] = [
  { name: 'a backup', act: (store) => publishData(store, 'new\n'), untouched: 2, setsAfter: 3 },
  { name: 'a removal', act: (store) => store.remove(second()), untouched: 1, setsAfter: 1 },
  {
    name: 'a change of metadata',
    act: (store) => store.update(second(), pinned()),
    untouched: 1,
    setsAfter: 2,
    replaces: () => ({ name: `${second().id}.json`, text: writeManifest(pinned()) }),
  },
  {
    name: 'a listing',
    // One that cannot be verified is named as well; one that is left out would look as if it were gone.
    act: async (store) => {
      const named = (await store.list()).map(({ id }) => id);
      expect(named.toSorted()).toEqual(sets.map(({ id }) => id));
    },
    untouched: 2,
    setsAfter: 2,
  },
  {
    name: 'an opening',
    act: async (store) => expect(await text(await store.open(second()))).toBe('data 2\n'),
    untouched: 2,
    setsAfter: 2,
  },
  {
    name: 'putting the folder in order',
    leave: async (store) => {
      await leaveHalfWritten(store, 'a');
      await leaveHalfPublished(store, 'b');
    },
    act: async (store) => {
      await using _lock = await store.lock('backup');
    },
    untouched: 2,
    setsAfter: 3,
  },
];

beforeAll(async () => {
  template = await newFolder();
  sets = [await laySet(template, 1), await laySet(template, 2)];
});

/** Lets the n-th call fail and gives whether there was one; looks at the folder then, and after a new try. */
async function failAt(nth: number, code: FaultCode, lasting: boolean, work: Work): Promise<boolean> {
  const folder = await newFolder();
  await cp(template, folder, { recursive: true });
  const store = folderStore(folder, fakeClock());
  await work.leave?.(store);
  const before = await contentsOf(folder);
  const ids = sets.slice(0, work.untouched).map(({ id }) => id);
  const replaced = work.replaces?.();
  const untouched = Object.fromEntries(
    Object.entries(before).filter(([name]) =>
      replaced === undefined ? ids.some((id) => name.startsWith(id)) : name !== replaced.name,
    ),
  );
  /** Looks at what is there, and says whether the work is done. */
  const look = async (): Promise<boolean> => {
    const now = await contentsOf(folder);
    expect(now).toMatchObject(untouched);
    await expectSound(store);
    if (replaced === undefined) return (await store.list()).length === work.setsAfter;
    expect([before[replaced.name], replaced.text]).toContain(now[replaced.name]);
    return now[replaced.name] === replaced.text;
  };

  const { files, hasFailed } = failingFiles(nth, code, lasting);
  const failing = folderStore(folder, fakeClock(), files);
  const error: unknown = await work.act(failing).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error !== undefined) {
    if (!(error instanceof OperationError)) throw error; // also where it did not do what it was for
    expect(error).toMatchObject({ code: code === 'ENOSPC' ? 'disk-full' : 'store-failed' });
  }
  const doneAtOnce = await look();
  if (error === undefined && work.leave === undefined) expect(doneAtOnce).toBe(true);

  {
    await using _lock = await store.lock('backup');
    expect(await unfinishedIn(folder)).toEqual([]);
    if (!(await look())) await work.act(store);
  }
  expect(await look()).toBe(true);
  expect(await store.list()).toHaveLength(work.setsAfter);
  return hasFailed();
}

describe.each(works)('$name', (work) => {
  it.each(once)('harms nothing where its n-th call on the file system fails once with %s', async (code) => {
    let nth = 1;
    while (await failAt(nth, code, false, work)) nth++;
    expect(nth).toBeGreaterThan(2);
  });

  it.each(lasting)('harms nothing where every call from the n-th on fails with %s', async (code) => {
    let nth = 1;
    while (await failAt(nth, code, true, work)) nth++;
    expect(nth).toBeGreaterThan(2);
  });
});

describe('a backup that fails', () => {
  it('leaves nothing behind, where what failed was not the tidying up', async () => {
    for (let nth = 1; ; nth++) {
      const folder = await newFolder();
      const { files, hasFailed } = failingFiles(nth, 'EIO', false);
      const result = await publishData(folderStore(folder, fakeClock(), files), 'new\n').catch(() => null);
      if (!hasFailed()) break;
      expect(Object.keys(await contentsOf(folder))).toHaveLength(result === null ? 0 : 3);
    }
  });

  it('tells the failure that came first, where tidying up fails too', async () => {
    const folder = await newFolder();
    const { files } = failingFiles(5, 'ENOSPC', true);
    await expect(publishData(folderStore(folder, fakeClock(), files), 'new\n')).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining('Writing the backup'),
    });
  });
});
