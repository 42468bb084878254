import { rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { backupFormats, type PlainFormat, plainFormats } from '../../../src/core/backup-format.ts';
import { type Manifest, writeManifest } from '../../../src/core/manifest.ts';
import type { BackupStore, CompleteSet } from '../../../src/core/ports/store.ts';
import type { Run } from '../../../src/operations/run.ts';
import { type VerifyPorts, verifyBackup } from '../../../src/operations/verify.ts';
import { folderStore } from '../../../src/store/folder-store.ts';
import { takeLock } from '../../../src/store/lock.ts';
import { fault, watchedFiles } from '../../support/store-files.ts';
import { packed } from '../../support/store-memory.ts';
import {
  contentsOf,
  fakeClock,
  manifestOf,
  never,
  newFolder,
  removeFolders,
} from '../../support/store-sets.ts';
import { dump, read } from '../core/dump/dumps.ts';

afterAll(removeFolders);

let folder: string;
let store: BackupStore;
beforeEach(async () => {
  folder = await newFolder();
  store = folderStore(folder, fakeClock());
});

const plain = dump('COPY public.users (name) FROM stdin;\na\nb\nc\n\\.\n\n');

/** Publishes a real dump of three rows. */
async function publish({
  as = 'plain',
  ...facts
}: Partial<Manifest> & { as?: PlainFormat } = {}): Promise<CompleteSet> {
  await using _lock = await store.lock('backup');
  const pending = await store.begin('kubegram', backupFormats[as].ending, never);
  const bytes = packed(as, plain);
  const { checksum, sizeBytes } = await pending.write(Readable.from([bytes]), never);
  const manifest = manifestOf(pending.id, {
    checksum,
    size_bytes: sizeBytes,
    total_records: 3,
    tables: [{ schema: 'public', name: 'users', rows: 3 }],
    content_digest: read(plain).contentDigest,
    sequence: pending.sequence,
    verification: { level: 'written', at: '2026-02-08T20:28:47Z' },
    ...backupFormats[as].metadata,
    ...facts,
  });
  return pending.publish(manifest, () => {});
}

function verify(backup: string, { onProgress = () => {}, ...ports }: Partial<VerifyPorts & Run> = {}) {
  const all = { store, clock: fakeClock(), target: undefined, ...ports };
  return verifyBackup(all, { backup, deep: false }, { signal: ports.signal ?? never, onProgress });
}

/** A run in which something happens to the folder, once, while the file is read. */
function meanwhile(act: () => void): Pick<Run, 'onProgress'> {
  let done = false;
  return {
    onProgress: () => {
      if (!done) act();
      done = true;
    },
  };
}

const levelOf = async (id: string): Promise<string | undefined> => {
  const set = (await store.list()).find((one) => one.id === id);
  return set?.state === 'complete' ? set.manifest.verification.level : undefined;
};
const dataPath = (set: CompleteSet): string => join(folder, set.dataFile);
const damage = async (set: CompleteSet): Promise<void> => {
  const data = await readFile(dataPath(set));
  data[data.length - 30] = (data[data.length - 30] ?? 0) ^ 1;
  await writeFile(dataPath(set), data);
};

describe('a verification', () => {
  it.each(plainFormats)('proves a file with no database and writes that down (format: %s)', async (as) => {
    const set = await publish({ as });
    const clock = fakeClock('2026-03-01T12:00:00.999Z');
    const result = await verify(set.id, { clock });
    expect(result).toMatchObject({ level: 'hash', warnings: [] });
    const [found] = await store.list();
    expect(found).toEqual(result.set);
    expect(found).toMatchObject({
      manifest: { ...set.manifest, verification: { level: 'hash', at: '2026-03-01T12:00:00Z' } },
    });
  });

  it('takes `latest` of all databases where it knows of none', async () => {
    await publish({ database: 'one' });
    const newest = await publish({ database: 'other' });
    expect((await verify('latest')).set.id).toBe(newest.id);
  });

  it('leaves a stronger proof of the same bytes as it is', async () => {
    const set = await publish({ verification: { level: 'contents', at: '2026-02-08T20:28:47Z' } });
    expect((await verify(set.id)).level).toBe('hash');
    expect(await levelOf(set.id)).toBe('contents');
  });

  it.each(plainFormats)('takes an earlier proof back where the file is damaged (format: %s)', async (as) => {
    const set = await publish({
      as,
      verification: { level: 'contents', at: '2026-02-08T20:28:47Z' },
    });
    await damage(set);
    await expect(verify(set.id)).rejects.toMatchObject({
      code: 'backup-unverified',
      exitCode: 4,
      message: expect.stringContaining(
        as === 'plain' ? 'its checksum is sha256:' : 'its compressed data is damaged',
      ),
    });
    expect(await levelOf(set.id)).toBe('written');
  });

  it('leaves an earlier proof as it is where it was interrupted', async () => {
    const set = await publish({ verification: { level: 'contents', at: '2026-02-08T20:28:47Z' } });
    const stop = new AbortController();
    const interrupted = verify(set.id, {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('Ctrl-C')),
    });
    await expect(interrupted).rejects.toThrow('Ctrl-C');
    expect(await levelOf(set.id)).toBe('contents');
  });

  it('says of a set without metadata why it cannot be verified, and changes nothing', async () => {
    const set = await publish();
    await writeFile(join(folder, `${set.id}.json`), '{"half":');
    await expect(verify(set.id)).rejects.toMatchObject({
      code: 'backup-unverified',
      message: `The backup ${set.id} does not verify: its metadata is cut off or is not JSON.`,
    });
    expect(await readFile(join(folder, `${set.id}.json`), 'utf8')).toBe('{"half":');
  });

  it('stands where another operation has the folder, and says that it was not written down', async () => {
    const set = await publish();
    const held = takeLock(folder, 'backup', new Date());
    const { level, warnings } = await verify(set.id).finally(held.release);
    expect(level).toBe('hash');
    expect(warnings).toEqual([
      expect.stringMatching(/^The proof was not written down: backup \(process \d+\) is at work in /),
    ]);
    expect(await levelOf(set.id)).toBe('written');
  });

  it.each(['EROFS', 'EIO', 'ENOSPC'] as const)('stands where writing it down fails with %s', async (code) => {
    const set = await publish();
    const failing = watchedFiles(({ name }) => {
      if (name === 'handle.writeFile') throw fault(code);
    });
    const { level, warnings } = await verify(set.id, { store: folderStore(folder, fakeClock(), failing) });
    expect(level).toBe('hash');
    expect(warnings).toEqual([expect.stringMatching(/^The proof was not written down: /)]);
    expect(await levelOf(set.id)).toBe('written');
  });

  it('tells of the damage, not of a full disk that keeps it from being written down', async () => {
    const set = await publish();
    await damage(set);
    const failing = watchedFiles(({ name }) => {
      if (name === 'handle.writeFile') throw fault('ENOSPC');
    });
    await expect(verify(set.id, { store: folderStore(folder, fakeClock(), failing) })).rejects.toMatchObject({
      code: 'backup-unverified',
    });
  });

  it('is not written into metadata that came to describe another file', async () => {
    const set = await publish();
    const path = join(folder, `${set.id}.json`);
    const replaced = writeManifest({ ...set.manifest, checksum: `sha256:${'0'.repeat(64)}` });
    await expect(
      verify(
        set.id,
        meanwhile(() => writeFileSync(path, replaced)),
      ),
    ).rejects.toMatchObject({
      code: 'backup-unverified',
      message: `The backup ${set.id} does not verify: it changed while it was being verified.`,
    });
    expect(await readFile(path, 'utf8')).toBe(replaced);
  });

  it('is not written into metadata that was damaged under it', async () => {
    const set = await publish();
    const path = join(folder, `${set.id}.json`);
    const cut = meanwhile(() => writeFileSync(path, '{'));
    await expect(verify(set.id, cut)).rejects.toThrow('it changed while it was being verified');
    expect(await readFile(path, 'utf8')).toBe('{');
  });

  it('stands where the set was removed under it, says so, and brings nothing of it back', async () => {
    const set = await publish();
    const removed = meanwhile(() => {
      for (const ending of ['.json', '.sql', '_tables.txt']) rmSync(join(folder, `${set.id}${ending}`));
    });
    const { level, warnings } = await verify(set.id, removed);
    expect(level).toBe('hash');
    expect(warnings).toEqual([expect.stringContaining(`There is no backup named "${set.id}"`)]);
    expect(await contentsOf(folder)).toEqual({});
  });

  it('keeps what else came into the metadata meanwhile', async () => {
    const set = await publish();
    const path = join(folder, `${set.id}.json`);
    const pinned = meanwhile(() => writeFileSync(path, writeManifest({ ...set.manifest, pinned: true })));
    const { set: verified } = await verify(set.id, pinned);
    expect(verified.manifest).toMatchObject({ pinned: true, verification: { level: 'hash' } });
    expect(await store.list()).toEqual([verified]);
  });
});
