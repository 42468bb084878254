/** Archives of `pg_dump --format=custom`, as pg_backup_custom.c writes and reads them. */
import { type ByteSource, byteSource } from './byte-source.ts';
import { damaged } from './damage.ts';
import { type Entry, takeEntry } from './entry.ts';
import { type ArchiveHeader, takeHeader } from './header.ts';
import { type DataFacts, digestOf, largeObjects, readRows, tallyEntries } from './tally.ts';
import { decoderFor, unpacked } from './unpack.ts';
import { takeByte, takeInt } from './values.ts';

const ROWS = 1;
const LARGE_OBJECTS = 3;

/** Where the data of an entry is: not known (the archive went through a pipe), at a place, or nowhere. */
const PLACE = { unknown: 1, known: 2, none: 3 } as const;

interface PlacedEntry extends Entry {
  /** The place of its data in the archive; null: not known. */
  readonly place: bigint | null;
}

async function takePlace(source: ByteSource, { offsetSize }: ArchiveHeader, hasData: boolean) {
  const flag = await takeByte(source);
  const bytes = await source.take(offsetSize);
  const place = offsetSize === 8 ? bytes.readBigUInt64LE() : BigInt(bytes.readUInt32LE());
  const fits = hasData ? flag === PLACE.known || flag === PLACE.unknown : flag === PLACE.none;
  if (!fits) damaged('its table of contents has an entry with the place of its data damaged');
  return flag === PLACE.known ? place : null;
}

async function takeContents(source: ByteSource, header: ArchiveHeader): Promise<Map<number, PlacedEntry>> {
  const entries = new Map<number, PlacedEntry>();
  for (let count = 0; count < header.entries; count += 1) {
    const entry = await takeEntry(source, header);
    if (entries.has(entry.dumpId)) damaged('its table of contents has two entries of one number');
    entries.set(entry.dumpId, { ...entry, place: await takePlace(source, header, entry.data !== null) });
  }
  return entries;
}

/** One stream of packed data, which comes in pieces with their lengths, until one has none. */
async function* pieces(source: ByteSource): AsyncGenerator<Buffer> {
  for (let left = await takeInt(source); left !== 0; left = await takeInt(source)) {
    if (left < 0) damaged(`${source.place} has a piece of no length`);
    while (left > 0) {
      const piece = await source.takeSome(left);
      left -= piece.length;
      yield piece;
    }
  }
}

/** An oid is an unsigned number, written as one with a sign. */
const asOid = (number: number): number => number >>> 0;

async function takeLargeObjects(source: ByteSource, next: () => AsyncIterable<Buffer>): Promise<DataFacts> {
  const objects = largeObjects();
  for (let oid = asOid(await takeInt(source)); oid !== 0; oid = asOid(await takeInt(source)))
    objects.add(oid, await digestOf(next()));
  return objects.end();
}

/** Reads an archive in custom format through. @throws ArchiveDamage where it is not whole. */
export async function readCustom(
  chunks: AsyncIterator<Uint8Array>,
  onRows: (more: number) => void,
): Promise<ReturnType<typeof tallyEntries>> {
  const source = byteSource(chunks, 'its header');
  const header = await takeHeader(source, 'custom');
  const decoder = decoderFor(header.packing, false);
  source.place = 'its table of contents';
  const entries = await takeContents(source, header);
  const data = new Map<number, DataFacts>();
  source.place = 'its data';
  while (!(await source.ended())) {
    const place = BigInt(source.position);
    const kind = await takeByte(source);
    const dumpId = await takeInt(source);
    const entry = entries.get(dumpId) ?? damaged('it has data of an entry that it does not have');
    const fits =
      (entry.data === 'rows' && kind === ROWS) || (entry.data !== 'rows' && kind === LARGE_OBJECTS);
    if (entry.data === null || !fits) damaged(`${entry.title} has data of another kind`);
    if (data.has(dumpId)) damaged(`${entry.title} has its data twice`);
    if (entry.place !== null && entry.place !== place)
      damaged(`the data of ${entry.title} is in another place`);
    source.place = `the data of ${entry.title}`;
    const next = () => unpacked(pieces(source), decoder, source.place);
    const facts = kind === ROWS ? await readRows(next(), onRows) : await takeLargeObjects(source, next);
    data.set(dumpId, facts);
    source.place = 'its data';
  }
  return tallyEntries([...entries.values()], ({ dumpId }) => data.get(dumpId));
}
