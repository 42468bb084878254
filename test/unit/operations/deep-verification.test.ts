import { beforeEach, describe, expect, it } from 'vitest';
import { factsOfDump } from '../../../src/core/backup-facts.ts';
import { readDump } from '../../../src/core/dump/read-dump.ts';
import type { Progress } from '../../../src/core/progress.ts';
import { loadProven } from '../../../src/operations/load-proven.ts';
import type { Run } from '../../../src/operations/run.ts';
import { verifyBackup } from '../../../src/operations/verify.ts';
import { type MemoryStore, memoryStore } from '../../support/store-memory.ts';
import { fakeClock, never, sha256 } from '../../support/store-sets.ts';
import { type MemoryServer, memoryTarget } from '../../support/target-memory.ts';
import { read } from '../core/archive/archives.ts';
import { dump, pieces } from '../core/dump/dumps.ts';

let store: MemoryStore;
let told: Progress[];
beforeEach(() => {
  store = memoryStore();
  told = [];
});
const run: Run = { signal: never, onProgress: (progress) => void told.push(progress) };
const users = { schema: 'public', name: 'users', rows: 3 };
const intact = { rows: [{ name: 'users', rows: 3 }] };

/** A backup of one table of three rows, and a server to try it on. */
function given(server: MemoryServer = intact, facts: Parameters<MemoryStore['add']>[2] = {}) {
  const set = store.add(1, 3, { tables: [users], ...facts });
  const memory = memoryTarget(server);
  const verify = (deep = true) => {
    const ports = { store, clock: fakeClock(), target: memory.target };
    return verifyBackup(ports, { backup: set.id, deep }, run);
  };
  return { set, ...memory, verify };
}

describe('a deep verification', () => {
  it('restores into a scratch database, compares rows and contents, and drops it', async () => {
    const { set, verify, seen } = given();
    expect(await verify()).toMatchObject({ level: 'contents', warnings: [] });
    expect(store.sets).toMatchObject([{ manifest: { verification: { level: 'contents' } } }]);
    expect(seen).toMatchObject({ dropped: 1, left: 1 });
    expect(seen.connects).toMatchObject([{ operation: 'deep verification', access: 'read' }]);
    expect(seen.shadows).toEqual([{ purpose: 'scratch', settings: set.manifest.database_settings }]);
    const options = { signal: never, extensions: [], schemas: ['public'] };
    expect(seen.loads.map((load) => load.options)).toEqual([
      { ...options, withoutOwners: false, withoutPolicies: false, jobs: 2 },
    ]);
    expect(seen.loads[0]?.bytes).toEqual(store.data.get(set.id));
    expect(store.calls.filter((call) => call.includes('lock'))).toEqual(['lock verify', 'unlock']);
  });

  it('tells each step, with bytes where they are known', async () => {
    const { set, verify } = given();
    await verify();
    const bytes = set.manifest.size_bytes;
    expect(told.map(({ course, ...progress }) => [course?.steps[course.at]?.name, progress])).toEqual([
      ['check', { phase: 'Checking', bytes, expectedBytes: bytes, rows: 3 }],
      ['restore', { phase: 'Restoring into a scratch database' }],
      ['load', { phase: 'Restoring', bytes, expectedBytes: bytes }],
      ['builds', { phase: 'Building indexes', bytes }],
      ['count', { phase: 'Counting rows' }],
      ['compare', { phase: 'Comparing contents' }],
    ]);
  });

  it('knows of compressed data how far it is in the file, and then how long it is', async () => {
    const { set, verify } = given(intact, { as: 'gzip' });
    await verify();
    const plain = told.findLast(({ phase }) => phase === 'Checking');
    expect(plain?.share).toBe(1);
    expect(plain?.bytes).toBeGreaterThan(set.manifest.size_bytes);
    const loading = told.filter(({ phase }) => phase === 'Restoring');
    expect(loading.at(-1)).toMatchObject({ bytes: plain?.bytes, expectedBytes: plain?.bytes });
  });

  it('sends an archive before it is restored, and compares it with an archive of what was restored', async () => {
    const { set, verify, seen } = given(intact, { as: 'custom' });
    const stored = store.data.get(set.id) ?? Buffer.alloc(0);
    const { contentDigest } = await read('custom', stored);
    store.sets = [{ ...set, manifest: { ...set.manifest, content_digest: contentDigest } }];
    expect(await verify()).toMatchObject({ level: 'contents', warnings: [] });
    expect(seen.loads).toMatchObject([{ bytes: stored, options: { jobs: 2, schemas: ['public'] } }]);
    expect(seen.wishes).toEqual([{ format: 'custom', jobs: 1 }]);
    const bytes = set.manifest.size_bytes;
    expect(told.slice(2, 4)).toMatchObject([
      { phase: 'Sending', bytes, expectedBytes: bytes },
      { phase: 'Restoring' },
    ]);
  });

  it('runs nothing of an archive that changed since it was read through', async () => {
    const { set, verify, seen } = given(intact, { as: 'custom' });
    const { open } = store;
    let opened = 0;
    store.open = async (one) => {
      opened += 1;
      if (opened === 2) store.data.set(set.id, Buffer.from('another one'));
      return open(one);
    };
    await expect(verify()).rejects.toMatchObject({
      code: 'backup-unverified',
      message: `The backup ${set.id} does not verify: it changed while it was being restored.`,
    });
    expect(seen.loads).toEqual([]);
  });

  it('refuses an archive where the target has no tools for it, before anything is made', async () => {
    const { set, verify, seen } = given({ ...intact, archives: false }, { as: 'custom' });
    await expect(verify()).rejects.toMatchObject({
      code: 'refused',
      message: `The backup ${set.id} is in custom format, which an embedded database cannot load.`,
      hint: expect.stringContaining('plain, gzip or zstd'),
    });
    expect(seen.connects).toEqual([]);
    expect(await verify(false)).toMatchObject({ level: 'hash' });
  });

  it('begins nothing where the server lacks the room', async () => {
    const { verify, seen } = given({ ...intact, free: { data: 0 } });
    await expect(verify()).rejects.toMatchObject({ code: 'disk-full', exitCode: 1 });
    expect(seen).toMatchObject({ shadows: [], left: 1 });
  });

  it('asks no server where it is not deep, or where none is known', async () => {
    const { set, verify, seen } = given();
    expect(await verify(false)).toMatchObject({ level: 'hash', warnings: [] });
    const alone = { store, clock: fakeClock(), target: undefined };
    expect(await verifyBackup(alone, { backup: set.id, deep: true }, run)).toMatchObject({ level: 'hash' });
    expect(seen.connects).toEqual([]);
  });

  it('proves less where the restored database dumps to another text, and says so', async () => {
    const other = dump('COPY public.users (name) FROM stdin;\nx\ny\nz\n\\.\n\n');
    const server = { extensions: [{ name: 'hstore', versions: ['1.8'] }] };
    const lacking = { extensions: [{ name: 'hstore', version: '1.4' }] };
    const { verify } = given({ ...intact, dump: pieces(other, 100), server }, lacking);
    expect(await verify()).toMatchObject({
      level: 'restored',
      warnings: [
        'The server has no version 1.4 of the extension hstore: its default version is used.',
        'A dump of the restored database is not the same text; every table has its rows.',
      ],
    });
  });

  it('says nothing of the backup where the dump of what was restored comes short', async () => {
    const short = dump('COPY public.users (name) FROM stdin;\nx\ny\nz\n\\.\n').subarray(0, -40);
    const { set, verify, seen } = given({ ...intact, dump: pieces(short, 100) });
    await expect(verify()).rejects.toMatchObject({
      code: 'dump-failed',
      message: expect.stringMatching(/^What was restored could not be read: .*\.$/),
      hint: 'This says nothing about the backup. Try again.',
    });
    expect(store.sets).toEqual([set]);
    expect(seen).toMatchObject({ dropped: 1, left: 1 });
  });

  it.each<[string, MemoryServer['rows'], string]>([
    ['has another count', [{ name: 'users', rows: 2 }], 'public.users has 2 rows where the metadata says 3'],
    ['is missing', [], 'public.users of the metadata is missing'],
    ['is one more', [...intact.rows, { name: 'added', rows: 0 }], 'its table public.added'],
  ])('fails where a table %s', async (_what, rows, said) => {
    const { set, verify, seen } = given({ rows: rows ?? [] });
    await expect(verify()).rejects.toMatchObject({
      code: 'backup-unverified',
      message: expect.stringMatching(/ does not verify: restored, the (table|metadata) .*\.$/),
      hint: 'Use another one (npm run backup:list). Nothing was changed.',
    });
    await expect(verify()).rejects.toThrow(said);
    expect(seen).toMatchObject({ dropped: 2, left: 2 });
    expect(store.sets).toMatchObject([{ id: set.id, manifest: { verification: { level: 'written' } } }]);
  });

  it('leaves out of account the tables of extensions that no dump carries, and counts those it does', async () => {
    const extension = { name: 'hstore', dumped: false };
    const foreign = { name: 'spatial', rows: 8500, extension };
    expect(await given({ rows: [...intact.rows, foreign] }).verify()).toMatchObject({ level: 'contents' });

    store = memoryStore();
    const named = { tables: [users, { schema: 'public', name: 'spatial', rows: 8500 }] };
    expect(await given({ rows: [...intact.rows, foreign] }, named).verify()).toMatchObject({
      level: 'contents',
    });
    store = memoryStore();
    await expect(given({ rows: [...intact.rows, { ...foreign, rows: 1 }] }, named).verify()).rejects.toThrow(
      'public.spatial has 1 rows',
    );
  });

  it('tells tables of one name in two schemas apart', async () => {
    const rows = [...intact.rows, { schema: 'other', name: 'users', rows: 9, extension: null }];
    await expect(given({ rows }).verify()).rejects.toThrow(
      'the metadata does not name its table other.users',
    );
  });

  it('fails where the file changes between the check and the load', async () => {
    const { set, target } = given();
    const data = store.data.get(set.id) ?? Buffer.alloc(0);
    const changing: Run = {
      ...run,
      onProgress: ({ phase }) => {
        if (phase === 'Restoring into a scratch database') data.writeUInt8(0x62, data.indexOf('1 2\n'));
      },
    };
    await expect(
      verifyBackup({ store, clock: fakeClock(), target }, { backup: set.id, deep: true }, changing),
    ).rejects.toMatchObject({
      code: 'backup-unverified',
      message: `The backup ${set.id} does not verify: it changed while it was being restored.`,
    });
  });

  it('sends nothing to a server of a dump that holds what none may', async () => {
    const { set, verify, seen } = given();
    const hostile = dump('COPY public.users (name) FROM stdin;\na\nb\nc\n\\.\n\n\\! touch /tmp/canary\n');
    store.data.set(set.id, hostile);
    store.sets = [{ ...set, manifest: { ...set.manifest, checksum: sha256(hostile) } }];
    await expect(verify()).rejects.toMatchObject({
      code: 'refused',
      hint: 'No dump of a database needs that. Look at the file; nothing of it was run.',
    });
    expect(seen.connects).toEqual([]);
  });

  it.each([
    [{ roles: ['app_owner'] }, 'The server lacks roles that this backup needs: app_owner.'],
    [{ tablespaces: ['fast'] }, 'The server lacks what this backup needs: tablespace fast.'],
  ])('needs what a restore needs: %j', async (facts, message) => {
    const { verify, seen } = given(intact, facts);
    await expect(verify()).rejects.toMatchObject({ code: 'restore-failed', message });
    expect(seen.shadows).toEqual([]);
  });
});

describe('a load that is to be swapped in', () => {
  const needs = { extensions: [], withoutOwners: true, withoutPolicies: true, jobs: 3 };
  const facts = factsOfDump(readDump().end());

  it('is proven by its rows, and is given what it needs', async () => {
    const { set, shadow, seen } = given();
    await loadProven({ store }, shadow, set, { ...needs, facts }, run);
    expect(seen.loads.map(({ options }) => options)).toEqual([
      { signal: never, schemas: ['public'], ...needs },
    ]);
  });

  it('fails with the live database untouched where a table is not what was backed up', async () => {
    const { set, shadow } = given({ rows: [{ name: 'users', rows: 4 }] });
    await expect(loadProven({ store }, shadow, set, { ...needs, facts }, run)).rejects.toMatchObject({
      code: 'restore-failed',
      message:
        'The restored database is not what was backed up: the table public.users has 4 rows where the metadata says 3.',
      hint: 'The live database was not touched. Verify the backup: npm run backup:verify',
    });
  });
});
