import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFileNames } from '../../src/core/backup-id.ts';
import { readDump } from '../../src/core/dump/read-dump.ts';
import { type Manifest, writeManifest } from '../../src/core/manifest.ts';
import type { CompleteSet } from '../../src/core/ports/store.ts';
import type { Ports } from '../../src/operations/run.ts';
import { connectTo } from './docker-ports.ts';

/** Ports whose operations all find one connection to the real server, open already. */
export interface HeldPorts extends Ports, AsyncDisposable {
  /** How many shadow databases were asked for: before the first, no SQL of a backup can have run. */
  shadows(): number;
}

/** Connecting takes longest in a refusal; held, hundreds of them against a real server are a matter of seconds. */
export async function heldPorts(ports: Ports): Promise<HeldPorts> {
  const connection = await connectTo(ports);
  let shadows = 0;
  const shared = {
    ...connection,
    createShadow: (request: Parameters<typeof connection.createShadow>[0]) => {
      shadows += 1;
      return connection.createShadow(request);
    },
    [Symbol.asyncDispose]: async () => {},
  };
  return {
    ...ports,
    target: { ...ports.target, connect: async () => shared },
    shadows: () => shadows,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

export type SetPart = 'data' | 'tables' | 'metadata';

/** The three files of a set, to be damaged and put back. */
export interface SetFiles {
  readonly paths: Record<SetPart, string>;
  readonly bytes: Record<SetPart, Buffer>;
  write(part: SetPart, bytes: Uint8Array): Promise<void>;
  /** Replaces the data and makes the metadata vouch for it, as if the backup had been made like that. */
  vouch(data: Buffer, plain: Buffer): Promise<void>;
  removeMetadata(): Promise<void>;
  putBack(): Promise<void>;
}

export async function setFilesOf(folder: string, set: CompleteSet): Promise<SetFiles> {
  const names = setFileNames(set.id, set.dataFile.slice(set.id.length));
  const parts = ['data', 'tables', 'metadata'] as const;
  const paths = {
    data: join(folder, names.data),
    tables: join(folder, names.tables),
    metadata: join(folder, names.metadata),
  };
  const [data, tables, metadata] = await Promise.all(parts.map((part) => readFile(paths[part])));
  if (data === undefined || tables === undefined || metadata === undefined)
    throw new Error('It has no three files.');
  const bytes = { data, tables, metadata };
  const describe = (changes: Partial<Manifest>): Promise<void> =>
    writeFile(paths.metadata, writeManifest({ ...set.manifest, ...changes }));
  return {
    paths,
    bytes,
    write: (part, changed) => writeFile(paths[part], changed),
    vouch: async (changed, plain) => {
      const reader = readDump();
      reader.write(plain);
      const { rows, tables: found, contentDigest } = reader.end();
      await writeFile(paths.data, changed);
      await describe({
        checksum: `sha256:${createHash('sha256').update(changed).digest('hex')}`,
        size_bytes: changed.length,
        total_records: rows,
        tables: [...found],
        content_digest: contentDigest,
      });
    },
    removeMetadata: () => rm(paths.metadata),
    putBack: async () => {
      for (const part of parts) await writeFile(paths[part], bytes[part]);
    },
  };
}
