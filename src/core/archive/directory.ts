/**
 * Archives of `pg_dump --format=directory`, as pg_backup_directory.c writes and reads them, in a tar. Which file comes
 * first is the file system's affair: what a file holds is kept in short until the table of contents was read too.
 */
import { byteSource } from './byte-source.ts';
import { damaged } from './damage.ts';
import { type Entry, takeEntry } from './entry.ts';
import { takeHeader } from './header.ts';
import { type DataFacts, digestOf, largeObjects, readRows, tallyEntries } from './tally.ts';
import { type TarFile, tarFiles } from './tar-files.ts';
import { decoderFor, type Packing, unpacked } from './unpack.ts';
import { takeAscii } from './values.ts';

/** An entry and the name of the file with its data, without the ending of its packing; empty where it has none. */
interface FiledEntry extends Entry {
  readonly file: string;
}

const CONTENTS = 'toc.dat';
const FILES = /^(?<stem>(?<kind>\d+|blob_\d+)\.dat)(?<ending>\.gz|\.zst|\.lz4)?$/;
/** One for all until PostgreSQL 16, one an entry since. */
const LARGE_OBJECTS = /^blobs(_\d+)?\.toc$/;
const PACKINGS: Readonly<Record<string, Packing>> = { '.gz': 'gzip', '.zst': 'zstd', '.lz4': 'lz4' };

interface Found {
  entries: FiledEntry[] | null;
  readonly rows: Map<string, DataFacts>;
  readonly objects: Map<string, Buffer>;
  /** The lists of large objects: number and file. */
  readonly lists: Map<string, { oid: number; file: string }[]>;
}

async function readContents(bytes: AsyncIterable<Buffer>): Promise<FiledEntry[]> {
  const source = byteSource(bytes[Symbol.asyncIterator](), 'its table of contents');
  const header = await takeHeader(source, 'directory');
  const entries = new Map<number, FiledEntry>();
  for (let count = 0; count < header.entries; count += 1) {
    const entry = await takeEntry(source, header);
    if (entries.has(entry.dumpId)) damaged('its table of contents has two entries of one number');
    entries.set(entry.dumpId, { ...entry, file: await takeAscii(source) });
  }
  if (!(await source.ended())) damaged('its table of contents has more after its end');
  for (const { data, dumpId, file } of entries.values()) {
    const named =
      data === null
        ? file === ''
        : data === 'rows'
          ? file === `${dumpId}.dat`
          : file === 'blobs.toc' || file === `blobs_${dumpId}.toc`;
    if (!named) damaged('its table of contents names a file that is not of its entry');
  }
  return [...entries.values()];
}

/** The list is text, one line an object: its number and its file. */
async function readList(bytes: AsyncIterable<Buffer>): Promise<{ oid: number; file: string }[]> {
  const text = Buffer.concat(await Array.fromAsync(bytes)).toString('latin1');
  return text.split('\n').flatMap((line, index, lines) => {
    if (line === '' && index === lines.length - 1) return [];
    const oid = /^(\d{1,10}) blob_\1\.dat$/.exec(line)?.[1];
    if (oid === undefined || index === lines.length - 1) damaged('a list of its large objects is damaged');
    return [{ oid: Number(oid), file: `blob_${oid}.dat` }];
  });
}

async function readFile(
  { name, bytes }: TarFile,
  found: Found,
  onRows: (more: number) => void,
): Promise<void> {
  if (name === CONTENTS) {
    found.entries = await readContents(bytes);
    return;
  }
  if (LARGE_OBJECTS.test(name)) {
    found.lists.set(name, await readList(bytes));
    return;
  }
  const { stem, kind = '', ending } = FILES.exec(name)?.groups ?? {};
  if (stem === undefined) damaged('its tar holds a file that is none of pg_dump');
  if (found.rows.has(stem) || found.objects.has(stem)) damaged(`its tar holds ${stem} twice`);
  const decoder = decoderFor(ending === undefined ? 'none' : (PACKINGS[ending] ?? 'none'), true);
  const data = unpacked(bytes, decoder, `its file ${name}`);
  if (kind.startsWith('blob_')) found.objects.set(stem, await digestOf(data));
  else found.rows.set(stem, await readRows(data, onRows));
}

/** Reads an archive in directory format through, given as a tar. @throws ArchiveDamage where it is not whole. */
export async function readDirectory(chunks: AsyncIterator<Uint8Array>, onRows: (more: number) => void) {
  const found: Found = { entries: null, rows: new Map(), objects: new Map(), lists: new Map() };
  for await (const file of tarFiles(chunks)) await readFile(file, found, onRows);
  if (found.entries === null) damaged(`it has no ${CONTENTS}`);

  const { rows, objects, lists } = found;
  function take<T>(map: Map<string, T>, key: string): T | undefined {
    const value = map.get(key);
    map.delete(key);
    return value;
  }
  function objectsOf(list: readonly { oid: number; file: string }[]): DataFacts {
    const all = largeObjects();
    for (const { oid, file } of list)
      all.add(oid, take(objects, file) ?? damaged(`its large object ${oid} is missing`));
    return all.end();
  }
  const facts = tallyEntries(found.entries, ({ data, file }) => {
    if (data !== 'large objects') return take(rows, file);
    const list = take(lists, file);
    return list === undefined ? undefined : objectsOf(list);
  });
  if (rows.size + objects.size + lists.size > 0)
    damaged('its tar holds a file that its table of contents does not name');
  return facts;
}
