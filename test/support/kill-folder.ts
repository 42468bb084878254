import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../src/core/manifest.ts';
import { sha256 } from './store-sets.ts';

/** A complete set as it lies in a folder, read by nothing of the product's. */
export interface LyingSet
  extends Pick<Manifest, 'sequence' | 'reason' | 'pinned' | 'content_digest' | 'total_records'> {
  readonly id: string;
  /** The names of its files: metadata, tables, data. */
  readonly files: readonly string[];
  /** Data and tables byte for byte, and all that the metadata say but for what a verification writes down. */
  readonly print: string;
}

/** What the data of a set have behind its id. */
const dataEnds = ['.sql', '.sql.gz', '.sql.zst', '.dump', '.tar'];

/** The complete sets of a folder; fails where one is not what its own metadata says. */
export async function setsIn(folder: string): Promise<Map<string, LyingSet>> {
  const names = await readdir(folder);
  const sets = new Map<string, LyingSet>();
  for (const name of names.filter((one) => /^[^.].*\.json$/.test(one))) {
    const id = name.slice(0, -'.json'.length);
    const text = await readFile(join(folder, name), 'utf8');
    const manifest = JSON.parse(text, sorted) as Manifest;
    const dataFile = dataEnds.map((end) => id + end).find((one) => names.includes(one)) ?? `${id}.sql`;
    const files = [name, `${id}_tables.txt`, dataFile];
    const data = sha256(await readFile(join(folder, dataFile)));
    if (data !== manifest.checksum) throw new Error(`${id} is not what its metadata says`);
    const tables = await readFile(join(folder, `${id}_tables.txt`), 'utf8');
    const facts = { ...manifest, verification: null, metadata_digest: null };
    const print = sha256(JSON.stringify([facts, data, tables]));
    sets.set(id, { id, files, print, ...manifest });
  }
  return sets;
}

/** For JSON: the order of keys says nothing. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort());
}

/** Files that belong to no complete set, and modes that are wider than the owner's own. */
export async function strayIn(folder: string, sets: ReadonlyMap<string, LyingSet>): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => !/^(\.lock.*|README\.md|\.gitignore)$/.test(name));
  const stray = names.filter((name) => ![...sets.values()].some(({ files }) => files.includes(name)));
  const modes = await Promise.all(
    names.map(async (name) => [name, (await stat(join(folder, name))).mode & 0o077] as const),
  );
  return [...stray, ...modes.filter(([, mode]) => mode !== 0).map(([name]) => `${name} is open to others`)];
}

/**
 * The sets that are gone or are not what they were, but for those whose going rotation can give a reason for.
 *
 * @param keep How many full sets rotation was to keep; undefined where nothing was to rotate.
 */
export function lostSets(
  before: ReadonlyMap<string, LyingSet>,
  after: ReadonlyMap<string, LyingSet>,
  keep: number | undefined,
): string[] {
  const left = [...after.values()];
  return [...before.values()].flatMap((set) => {
    const now = after.get(set.id);
    if (now !== undefined) return now.print === set.print ? [] : [`${set.id} is not what it was`];
    return keep !== undefined && isRotatedOut(set, left, keep) ? [] : [`${set.id} is gone`];
  });
}

/** SPEC 6 told once more, in the simplest way and without a look at the product's plan. */
function isRotatedOut(set: LyingSet, left: readonly LyingSet[], keep: number): boolean {
  if (set.pinned) return false;
  const newer = left.filter((other) => other.sequence > set.sequence);
  if (newer.some((other) => other.content_digest === set.content_digest)) return true;
  if (set.reason === 'before-restore') return newer.some((other) => other.reason === 'before-restore');
  const counted = newer.filter((other) => !other.pinned && other.reason !== 'before-restore');
  const largest = Math.max(...left.map((other) => other.total_records));
  const isSmall = (other: LyingSet): boolean => other.total_records < largest / 10;
  if (isSmall(set) && counted.some(isSmall)) return true;
  const contents = new Set(counted.filter((other) => !isSmall(other)).map((other) => other.content_digest));
  return contents.size >= keep;
}
