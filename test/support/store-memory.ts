import { Readable } from 'node:stream';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { backupFormats, type PlainFormat } from '../../src/core/backup-format.ts';
import type { Manifest } from '../../src/core/manifest.ts';
import type { BackupSet, BackupStore, CompleteSet } from '../../src/core/ports/store.ts';
import { customArchive } from '../unit/core/archive/archives.ts';
import { dump, read } from '../unit/core/dump/dumps.ts';
import { completeSet, sha256 } from './store-sets.ts';

/** A store in memory that notes what is read and removed, for the operations that need no disk. */
export interface MemoryStore extends BackupStore {
  sets: BackupSet[];
  /** What lies there as the data of a set; a test may change it. */
  data: Map<string, Buffer>;
  /** `open ID`, `remove ID`, `lock NAME`, in the order in which they came. */
  calls: string[];
  /** A set with a real dump of so many rows, whose content is told apart by `content`. */
  add(
    nth: number,
    rows: number,
    facts?: Partial<Manifest> & { content?: string; as?: PlainFormat | 'custom' },
  ): CompleteSet;
}

/** With a checksum, so that a flipped bit is found where it is unpacked. */
const checked = { [constants.ZSTD_c_checksumFlag]: 1 };

export function packed(as: PlainFormat, plain: Buffer): Buffer {
  if (as === 'plain') return plain;
  return as === 'gzip' ? gzipSync(plain) : zstdCompressSync(plain, { params: checked });
}

/** An archive with these lines as the rows of `public.users`. */
function usersArchive(lines: string): Buffer {
  const copyStmt = 'COPY public.users (name) FROM stdin;\n';
  const data = `${lines}\\.\n\n\n`;
  return customArchive({ entries: [{ desc: 'TABLE DATA', tag: 'users', section: 3, copyStmt, data }] });
}

export function memoryStore(): MemoryStore {
  const notNeeded = (): never => {
    throw new Error('No test of this store needs that.');
  };
  const store: MemoryStore = {
    folder: '/memory',
    sets: [],
    data: new Map(),
    calls: [],
    add(nth, rows, { content = String(nth), as = 'plain', ...facts } = {}) {
      const lines = Array.from({ length: rows }, (_, row) => `${content} ${row}\n`).join('');
      const plain = dump(`COPY public.users (name) FROM stdin;\n${lines}\\.\n\n`);
      const { ending, metadata } = backupFormats[as];
      const bytes = as === 'custom' ? usersArchive(lines) : packed(as, plain);
      const set = completeSet(nth, {
        checksum: sha256(bytes),
        size_bytes: bytes.length,
        total_records: rows,
        content_digest: read(plain).contentDigest,
        ...metadata,
        ...facts,
      });
      const named = { ...set, dataFile: `${set.id}${ending}` };
      store.sets.push(named);
      store.data.set(set.id, bytes);
      return named;
    },
    list: async () => [...store.sets],
    lock: async (operation) => {
      store.calls.push(`lock ${operation}`);
      return { repairs: [], [Symbol.asyncDispose]: async () => void store.calls.push('unlock') };
    },
    open: async (set) => {
      store.calls.push(`open ${set.id}`);
      return Readable.from([store.data.get(set.id) ?? Buffer.alloc(0)]);
    },
    remove: async (set) => {
      store.calls.push(`remove ${set.id}`);
      store.sets = store.sets.filter((other) => other.id !== set.id);
    },
    update: async (set, manifest) => {
      const changed: CompleteSet = { ...set, manifest };
      store.sets = store.sets.map((other) => (other.id === set.id ? changed : other));
      return changed;
    },
    freeBytes: notNeeded,
    begin: notNeeded,
  };
  return store;
}
