import { createHash } from 'node:crypto';
import type { BackupFacts } from '../backup-facts.ts';
import { type CopyRows, copyRows } from './copy-rows.ts';
import { damaged } from './damage.ts';
import type { Entry } from './entry.ts';
import { foreseenWork } from './foreseen-work.ts';

/** What the data of one entry turned out to be; `rows` is null for large objects. */
export interface DataFacts {
  readonly rows: CopyRows | null;
  /** Bytes of rows, unpacked. */
  readonly bytes: number;
  readonly digest: Buffer;
}

/** Reads the rows of one table through. `onRows` is told how many more there are. */
export async function readRows(
  data: AsyncIterable<Buffer>,
  onRows: (more: number) => void,
): Promise<DataFacts & { rows: CopyRows }> {
  const hash = createHash('sha256');
  const reader = copyRows();
  let bytes = 0;
  for await (const chunk of data) {
    const before = reader.rows;
    bytes += chunk.length;
    hash.update(chunk);
    reader.write(chunk);
    onRows(reader.rows - before);
  }
  const rows = reader.end();
  return { rows, bytes: rows.rows === 0 ? 0 : bytes, digest: hash.digest() };
}

/** The digest of some bytes, however long. */
export async function digestOf(data: AsyncIterable<Buffer>): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of data) hash.update(chunk);
  return hash.digest();
}

/** Puts large objects together, which are told in the order of their numbers. */
export function largeObjects() {
  const hash = createHash('sha256');
  let last = -1;
  return {
    add(oid: number, digest: Buffer): void {
      if (oid <= last) damaged('its large objects are not in order');
      last = oid;
      hash.update(`${oid}\n`).update(digest);
    },
    end: (): DataFacts => ({ rows: null, bytes: 0, digest: hash.digest() }),
  };
}

type Forbidden = BackupFacts['forbidden'];

/** Why an entry has not the data that it must have, in words; null: it has. */
function missing(entry: Entry, data: DataFacts | undefined): string | null {
  if (entry.data === null)
    return data === undefined ? null : `there is data of ${entry.title}, which has none`;
  if (data === undefined) return `the data of ${entry.title} is missing`;
  const lacking = data.rows?.missing ?? null;
  return lacking === null ? null : `the data of ${entry.title} ${lacking}`;
}

/** Puts entries and their data together. @throws ArchiveDamage where one is without the other. */
export function tallyEntries<T extends Entry>(
  entries: readonly T[],
  dataOf: (entry: T) => DataFacts | undefined,
): Omit<BackupFacts, 'complete' | 'incompleteBecause' | 'bytes'> {
  const digests: Buffer[] = [];
  const work = foreseenWork();
  const tables: { schema: string; name: string; rows: number }[] = [];
  let forbidden: Forbidden = null;
  for (const entry of entries) {
    const data = dataOf(entry);
    const because = missing(entry, data);
    if (because !== null) damaged(because);
    const what = entry.forbidden ?? data?.rows?.forbidden ?? null;
    if (what !== null) forbidden ??= { place: entry.title, what };
    if (entry.table !== null) tables.push({ ...entry.table, rows: data?.rows?.rows ?? 0 });
    work.add(entry, data?.bytes ?? 0);
    if (entry.digest === null) continue;
    const hash = createHash('sha256').update(entry.digest);
    digests.push((data === undefined ? hash : hash.update(data.digest)).digest());
  }
  const content = createHash('sha256');
  for (const digest of digests.sort(Buffer.compare)) content.update(digest);
  return {
    tables,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    contentDigest: `sha256:${content.digest('hex')}`,
    forbidden,
    ...work.all(),
  };
}
