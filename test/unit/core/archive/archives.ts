import { buffer } from 'node:stream/consumers';
import { deflateSync, zstdCompressSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { type ArchiveFormat, readArchive } from '../../../../src/core/archive/read-archive.ts';
import type { BackupFacts } from '../../../../src/core/backup-facts.ts';

/** An entry as a test describes it: what it leaves out is as in a table without a tablespace of its own. */
export interface EntryText {
  desc?: string;
  tag?: string;
  section?: number;
  defn?: string;
  dropStmt?: string;
  copyStmt?: string;
  namespace?: string | null;
  owner?: string;
  data?: string | Buffer;
  /** Number and content, in the order of the archive. */
  objects?: [oid: number, content: string][];
  file?: string;
}

export interface ArchiveShape {
  version?: 14 | 15 | 16;
  packing?: 'none' | 'gzip' | 'zstd';
  format?: ArchiveFormat;
  database?: string;
  /** What each number is raised by: another database has others. */
  numbersFrom?: number;
  entries: EntryText[];
}

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(5);
  bytes[0] = value < 0 ? 1 : 0;
  bytes.writeUInt32LE(Math.abs(value), 1);
  return bytes;
};
const text = (value: string | null): Buffer =>
  value === null ? int(-1) : Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)]);

const methods = { none: 0, gzip: 1, zstd: 3 };
const packers = {
  none: (data: Buffer) => data,
  gzip: (data: Buffer) => deflateSync(data),
  zstd: (data: Buffer) => zstdCompressSync(data),
};

function header({
  version = 16,
  packing = 'gzip',
  format = 'custom',
  database = 'app',
  entries,
}: ArchiveShape) {
  const start = Buffer.from([1, version, 0, 4, 8, format === 'custom' ? 1 : 3]);
  const method = version > 14 ? Buffer.from([methods[packing]]) : int(packing === 'none' ? 0 : -1);
  const date = [1, 2, 3, 4, 5, 126, 0].map(int);
  const names = [database, '17.1', '17.1'].map(text);
  return Buffer.concat([Buffer.from('PGDMP'), start, method, ...date, ...names, int(entries.length)]);
}

function contents(shape: ArchiveShape): Buffer {
  const { version = 16, format = 'custom', numbersFrom = 1 } = shape;
  const parts = shape.entries.map((entry, index) => {
    const { desc = 'TABLE', tag = 't', section = 2, defn = '', dropStmt = '', namespace = 'public' } = entry;
    const { copyStmt = '', owner = 'me', data, objects, file = '' } = entry;
    const hasData = data !== undefined || objects !== undefined;
    const place = Buffer.alloc(9);
    place[0] = hasData ? 1 : 3;
    return Buffer.concat([
      ...[int(index + numbersFrom), int(hasData ? 1 : 0), text('0'), text(String(index + numbersFrom))],
      ...[text(tag), text(desc), int(section), text(defn), text(dropStmt), text(copyStmt), text(namespace)],
      ...[
        text(null),
        text(null),
        ...(version > 15 ? [int(114)] : []),
        text(owner),
        text('false'),
        text(null),
      ],
      format === 'custom' ? place : text(file),
    ]);
  });
  return Buffer.concat([header(shape), ...parts]);
}

function pieces(data: Buffer): Buffer {
  const half = Math.floor(data.length / 2);
  const parts = [data.subarray(0, half), data.subarray(half)].filter(({ length }) => length > 0);
  return Buffer.concat([...parts.flatMap((part) => [int(part.length), part]), int(0)]);
}

/** An archive in custom format. */
export function customArchive(shape: ArchiveShape): Buffer {
  const packed = packers[shape.packing ?? 'gzip'];
  const blocks = shape.entries.flatMap(({ data, objects }, index) => {
    const dumpId = int(index + (shape.numbersFrom ?? 1));
    if (data !== undefined) return [Buffer.from([1]), dumpId, pieces(packed(Buffer.from(data)))];
    if (objects === undefined) return [];
    const all = objects.flatMap(([oid, content]) => [int(oid | 0), pieces(packed(Buffer.from(content)))]);
    return [Buffer.from([3]), dumpId, ...all, int(0)];
  });
  return Buffer.concat([contents(shape), ...blocks]);
}

/** The table of contents of an archive in directory format. */
export const tocOf = (shape: ArchiveShape): Buffer => contents({ ...shape, format: 'directory' });

/** A tar of files, in this order. */
export async function tarOf(
  files: readonly (readonly [name: string, content: string | Buffer, more?: Partial<Header>])[],
): Promise<Buffer> {
  const tar = pack();
  for (const [name, content, more] of files) tar.entry({ name, ...more } as Header, content);
  tar.finalize();
  return buffer(tar);
}

/** In pieces of this length, as a pipe may give them. */
export function read(format: ArchiveFormat, archive: Buffer, length = 65_536): Promise<BackupFacts> {
  async function* cut(): AsyncGenerator<Buffer> {
    for (let from = 0; from < archive.length; from += length) yield archive.subarray(from, from + length);
  }
  return readArchive(format, cut());
}
