/**
 * The values that an archive is made of, as `ReadInt`, `ReadStr` and `ReadOffset` of PostgreSQL's
 * pg_backup_archiver.c read them.
 */
import type { ByteSource } from './byte-source.ts';
import { damaged } from './damage.ts';

/** A sign and four bytes, the least first. Other sizes were written by machines that no PostgreSQL of today runs on. */
export const INT_SIZE = 4;
/** No definition is longer: a length beyond this is a damaged one, and not to be waited for. */
const LONGEST = 256 * 1024 * 1024;

export async function takeByte(source: ByteSource): Promise<number> {
  return (source.takeNow(1) ?? (await source.take(1))).readUInt8();
}

export async function takeInt(source: ByteSource): Promise<number> {
  const bytes = source.takeNow(INT_SIZE + 1) ?? (await source.take(INT_SIZE + 1));
  const size = bytes.readUInt32LE(1);
  const sign = bytes[0];
  if (sign !== 0 && sign !== 1) damaged(`${source.place} holds a number that is none`);
  return sign === 0 ? size : -size;
}

/** Text is bytes in an encoding of the server's. Null and empty are not the same here. */
export async function takeText(source: ByteSource): Promise<Buffer | null> {
  const length = await takeInt(source);
  if (length === -1) return null;
  if (length < 0 || length > LONGEST) damaged(`${source.place} holds a text of ${length} bytes`);
  const text = Buffer.from(source.takeNow(length) ?? (await source.take(length)));
  // To pg_restore a text ends there: it would run another one than we read.
  if (text.includes(0)) damaged(`${source.place} holds a NUL byte`);
  return text;
}

/** A text of which nothing is known but that it is there: all that pg_dump writes of the server's own is ASCII. */
export async function takeAscii(source: ByteSource): Promise<string> {
  return (await takeText(source))?.toString('latin1') ?? '';
}
