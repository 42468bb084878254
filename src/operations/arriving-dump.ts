import { pipeline } from 'node:stream';
import type { Packing } from '../core/backup-format.ts';
import { OperationError } from '../core/errors.ts';
import type { Dump } from '../core/ports/shadow.ts';
import { isCutOff, packer, packingOfHead, requireWholeRead, unpacker } from './packing.ts';
import { writingBeside } from './write-beside.ts';

/**
 * The bytes of a dump, packed as wanted: where they arrive so, as they are, else packed here. By the time the last one is
 * given, `read` has had all of the plain SQL that is in them.
 *
 * @throws OperationError `dump-failed` where what arrives packed does not arrive whole; whatever `read` throws.
 */
export async function* packedAs(
  wanted: Packing | null,
  dump: Dump,
  read: (plain: Buffer) => void,
): AsyncGenerator<Buffer> {
  const chunks = dump.stream[Symbol.asyncIterator]();
  const head = await firstBytes(chunks);
  const all = joined(head, chunks);
  const packing = packingOfHead(head);
  if (packing !== null && packing === wanted) return yield* whole(dump, readBeside(all, packing, read));
  async function* plain(): AsyncGenerator<Buffer> {
    for await (const chunk of packing === null ? all : whole(dump, unpacked(all, packing))) {
      read(chunk);
      yield chunk;
    }
    await dump.finished; // before the packer closes what it packs, as if it were whole
  }
  yield* wanted === null ? plain() : pipeline(plain(), packer(wanted), () => {});
}

/** The plain SQL of a dump, however it arrives. */
export function plainOf(dump: Dump): AsyncGenerator<Buffer> {
  return packedAs(null, dump, () => {});
}

async function* whole(dump: Dump, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
  } catch (cause) {
    if (cause instanceof OperationError) throw cause;
    if (isCutOff(cause)) await dump.finished; // how pg_dump ended tells more than that its output broke off
    throw new OperationError('dump-failed', 'What pg_dump wrote did not arrive whole.', {
      hint: 'Nothing was published; earlier backups are as they were. Try again.',
      cause,
    });
  }
}

async function* unpacked(bytes: AsyncIterable<Buffer>, packing: Packing): AsyncGenerator<Buffer> {
  const decoder = unpacker(packing);
  let arrived = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of bytes) {
      arrived += chunk.length;
      yield chunk;
    }
  }
  yield* pipeline(counted(), decoder, () => {});
  requireWholeRead(decoder, arrived);
}

/** Gives the bytes as they are and unpacks them beside that; neither runs away from the other. */
async function* readBeside(
  bytes: AsyncIterable<Buffer>,
  packing: Packing,
  read: (plain: Buffer) => void,
): AsyncGenerator<Buffer> {
  const decoder = unpacker(packing);
  const reading = readAll(decoder, read);
  const write = writingBeside(decoder, reading);
  let arrived = 0;
  try {
    for await (const chunk of bytes) {
      arrived += chunk.length;
      await write(chunk);
      yield chunk;
    }
    decoder.end();
    await reading;
    requireWholeRead(decoder, arrived);
  } finally {
    decoder.destroy();
  }
}

async function readAll(plain: AsyncIterable<Buffer>, read: (plain: Buffer) => void): Promise<void> {
  for await (const chunk of plain) read(chunk);
}

/** At least four bytes; fewer where there are no more. */
async function firstBytes(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < 4) {
    const { value, done } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

async function* joined(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield head;
    yield* { [Symbol.asyncIterator]: () => chunks };
  } finally {
    await chunks.return?.();
  }
}
