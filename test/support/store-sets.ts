import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Manifest, writeManifest } from '../../src/core/manifest.ts';
import type { Clock } from '../../src/core/ports/clock.ts';
import type { BackupStore, CompleteSet } from '../../src/core/ports/store.ts';

/** Backup sets made up or really published, for the tests of everything that handles them. */

export const never = new AbortController().signal;

export const sha256 = (data: string | Buffer): string =>
  `sha256:${createHash('sha256').update(data).digest('hex')}`;

const folders: string[] = [];

/** A folder of its own; {@link removeFolders} removes it. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubegram-store-'));
  folders.push(folder);
  return folder;
}

/** For `afterAll`: removes all folders that the file's tests made. */
export async function removeFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** Metadata that is right in itself; what a test is about is given. */
export function manifestOf(id: string, facts: Partial<Manifest> = {}): Manifest {
  return {
    backup_id: id,
    timestamp: '2026-02-08T20:28:47Z',
    database: 'kubegram',
    container: 'kubegram-server-postgres-1',
    tables_backed_up: ['public.users'],
    total_records: 120,
    total_size_mb: 0,
    checksum: sha256(id),
    format: 'plain',
    compressed: false,
    encrypted: false,
    size_bytes: 0,
    reason: 'manual',
    server_version: '17.5',
    duration_ms: 812,
    database_size_bytes: 9_437_184,
    tables: [{ schema: 'public', name: 'users', rows: 120 }],
    schema_version: 1,
    sequence: 1,
    pinned: false,
    note: '',
    tool_version: '0.1.0',
    content_digest: sha256(`content of ${id}`),
    system_identifier: '7392',
    schemas: ['public'],
    roles: [],
    extensions: [],
    tablespaces: [],
    database_settings: {
      owner: 'postgres',
      encoding: 'UTF8',
      locale: 'C.UTF-8',
      ctype: 'C.UTF-8',
      locale_provider: 'libc',
      provider_locale: null,
      icu_rules: null,
      tablespace: 'pg_default',
      acl: null,
      settings: [],
      role_settings: [],
      comment: null,
      connection_limit: -1,
      allow_connections: true,
      is_template: false,
    },
    verification: { level: 'hash', at: '2026-02-08T20:28:47Z' },
    ...facts,
  };
}

/** The id of the n-th backup of a database, a second after the one before it. */
export function idOf(nth: number, database = 'kubegram'): string {
  return `${database}_backup_20260208_${String(200_000 + nth).padStart(6, '0')}`;
}

export function completeSet(nth: number, facts: Partial<Manifest> = {}): CompleteSet {
  const id = idOf(nth, facts.database);
  return {
    state: 'complete',
    id,
    dataFile: `${id}.sql`,
    manifest: manifestOf(id, { sequence: nth, ...facts }),
  };
}

/** Lays a whole set into a folder without the store, as if it had been there before. */
export async function laySet(
  folder: string,
  nth: number,
  data = `data ${nth}\n`,
  facts: Partial<Manifest> = {},
): Promise<CompleteSet> {
  const set = completeSet(nth, { checksum: sha256(data), size_bytes: Buffer.byteLength(data), ...facts });
  await writeFile(join(folder, set.dataFile), data);
  await writeFile(join(folder, `${set.id}_tables.txt`), 'public.users\n');
  await writeFile(join(folder, `${set.id}.json`), writeManifest(set.manifest));
  return set;
}

/** What a backup does with a store: claim an id, write, publish; discard where that fails. */
export async function publishData(store: BackupStore, data: string, facts: Partial<Manifest> = {}) {
  const pending = await store.begin('kubegram', '.sql', never);
  try {
    const written = await pending.write(Readable.from([Buffer.from(data)]), never);
    const { sequence } = pending;
    const manifest = { checksum: written.checksum, size_bytes: written.sizeBytes, sequence, ...facts };
    return await pending.publish(manifestOf(pending.id, manifest), () => {});
  } catch (error) {
    await pending.discard();
    throw error;
  }
}

/** A clock that goes only when told, or when somebody sleeps. */
export function fakeClock(start = '2026-02-08T21:00:00.250Z') {
  let now = Date.parse(start);
  const slept: number[] = [];
  const clock: Clock = {
    now: () => new Date(now),
    elapsed: () => now,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      slept.push(milliseconds);
      now += milliseconds;
    },
  };
  return {
    ...clock,
    slept,
    set: (time: string) => {
      now = Date.parse(time);
    },
  };
}

/** Names and contents of a folder's files, without the lock's own two. */
export async function contentsOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.lock')).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

/** The hidden files of unfinished work in a folder. */
export async function unfinishedIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => /\.(partial|removing)$/.test(name));
}

/** What each backup in the list promises is there: its data, byte for byte. */
export async function expectSound(store: BackupStore): Promise<void> {
  for (const set of await store.list()) {
    if (set.state === 'unverifiable') throw new Error(`${set.id}: ${set.because}`);
    const data = await readFile(join(store.folder, set.dataFile));
    if (sha256(data) !== set.manifest.checksum) throw new Error(`${set.id} is not what its metadata says`);
  }
}
