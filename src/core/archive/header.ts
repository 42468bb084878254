import type { ByteSource } from './byte-source.ts';
import { damaged } from './damage.ts';
import type { Packing } from './unpack.ts';
import { INT_SIZE, takeAscii, takeByte, takeInt, takeText } from './values.ts';

export interface ArchiveHeader {
  /** The second number of the format's version: 14 (PostgreSQL 12 to 15), 15 (16) or 16 (17 and later). */
  readonly version: number;
  /** How the data of a custom archive is packed; in a directory each file's ending tells. */
  readonly packing: Packing;
  /** Bytes of the place that a custom archive's entry has for its data. */
  readonly offsetSize: number;
  /** How many entries the table of contents has. */
  readonly entries: number;
}

const MAGIC = 'PGDMP';
const FORMATS = { custom: 1, directory: 3 } as const; // the table of contents of a directory is written as a tar's
const PACKINGS: readonly Packing[] = ['none', 'gzip', 'lz4', 'zstd'];

/** Before 1.15 there is a level of gzip's, -1 where it is its own choice, 0 for none; since then the number of a method. */
async function takePacking(source: ByteSource, version: number): Promise<Packing> {
  if (version >= 15) return PACKINGS[await takeByte(source)] ?? damaged('its compression is not a known one');
  const level = await takeInt(source);
  if (level < -1 || level > 9) damaged('its compression is not a known one');
  return level === 0 ? 'none' : 'gzip';
}

/** Reads what stands before the entries. @throws ArchiveDamage where this is no archive of that format, or of another version. */
export async function takeHeader(source: ByteSource, format: keyof typeof FORMATS): Promise<ArchiveHeader> {
  if ((await source.take(MAGIC.length)).toString('latin1') !== MAGIC)
    damaged('it does not begin as an archive of pg_dump');
  const [major, version, revision] = [await takeByte(source), await takeByte(source), await takeByte(source)];
  if (major !== 1 || version < 14 || version > 16 || revision !== 0)
    damaged(`it is an archive of version ${major}.${version}.${revision}; 1.14 to 1.16 are read`);
  const intSize = await takeByte(source);
  const offsetSize = await takeByte(source);
  if (intSize !== INT_SIZE || (offsetSize !== 8 && offsetSize !== 4))
    damaged('its numbers are of a size that PostgreSQL does not write');
  if ((await takeByte(source)) !== FORMATS[format])
    damaged(`it is an archive of another format than ${format}`);
  const packing = await takePacking(source, version);
  for (let field = 0; field < 7; field += 1) await takeInt(source); // when it was made, by the local clock
  await takeText(source); // the database's name
  await takeAscii(source); // the server's version
  await takeAscii(source); // pg_dump's
  const entries = await takeInt(source);
  if (entries < 0) damaged('its table of contents has no length');
  return { version, packing, offsetSize, entries };
}
