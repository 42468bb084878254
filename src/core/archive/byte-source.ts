import { asBuffer } from '../dump/bytes.ts';
import { damaged } from './damage.ts';

/** The bytes of an archive one after the other, however they were cut. No more is held than was asked for at once. */
export interface ByteSource {
  /** What is being read, for the sentence about an archive that ends in it: "it ends inside …". */
  place: string;
  /** Bytes taken so far. */
  readonly position: number;
  /** Exactly so many bytes, if they are here already; else null, and {@link take} waits for them. */
  takeNow(length: number): Buffer | null;
  /** Exactly so many bytes. @throws ArchiveDamage where the archive ends before. */
  take(length: number): Promise<Buffer>;
  /** As many bytes as are here, at least one and at most so many. @throws ArchiveDamage at the end of the archive. */
  takeSome(most: number): Promise<Buffer>;
  /** Whether nothing follows. */
  ended(): Promise<boolean>;
}

const NOTHING = Buffer.alloc(0);

export function byteSource(chunks: AsyncIterator<Uint8Array>, place: string): ByteSource {
  let held: Buffer = NOTHING;
  let at = 0;
  let position = 0;

  async function more(): Promise<Buffer | null> {
    for (;;) {
      const next = await chunks.next();
      if (next.done === true) return null;
      if (next.value.length > 0) return asBuffer(next.value);
    }
  }

  function pass(length: number): Buffer {
    const taken = held.subarray(at, at + length);
    at += length;
    position += length;
    return taken;
  }

  const cut = (): never => damaged(`it ends inside ${source.place}`);

  const source: ByteSource = {
    place,
    get position() {
      return position;
    },
    takeNow: (length) => (held.length - at >= length ? pass(length) : null),
    async take(length) {
      if (held.length - at >= length) return pass(length);
      const parts = [held.subarray(at)];
      let have = held.length - at;
      while (have < length) {
        const chunk = (await more()) ?? cut();
        parts.push(chunk);
        have += chunk.length;
      }
      held = Buffer.concat(parts);
      at = 0;
      return pass(length);
    },
    async takeSome(most) {
      if (at === held.length) {
        held = (await more()) ?? cut();
        at = 0;
      }
      return pass(Math.min(most, held.length - at));
    },
    async ended() {
      if (at < held.length) return false;
      held = (await more()) ?? NOTHING;
      at = 0;
      return held.length === 0;
    },
  };
  return source;
}
