import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Relation } from '../dump/relation.ts';
import type { ByteSource } from './byte-source.ts';
import { forbiddenIn } from './forbidden-entry.ts';
import type { ArchiveHeader } from './header.ts';
import { type EntryWork, workOf } from './load-work.ts';
import { type RawEntry, takeRaw } from './raw-entry.ts';

/** What is kept of an entry: its definition may be long, and there may be many. */
export interface Entry {
  readonly dumpId: number;
  /** For sentences: "TABLE public.x". */
  readonly title: string;
  /** What data it must have: rows of a table, large objects, none. */
  readonly data: 'rows' | 'large objects' | null;
  /** The table that its rows go into. */
  readonly table: Relation | null;
  /** What it holds that nothing of pg_dump's does, in words. */
  readonly forbidden: string | null;
  /** Null where it takes no time, or a restore leaves it out. */
  readonly work: EntryWork | null;
  /** SHA-256 of what it means, without the numbers that differ from dump to dump; null where a restore leaves it out. */
  readonly digest: Buffer | null;
}

/** Its fields with their lengths, so that no two entries are the same bytes. */
function digestOf(entry: RawEntry): Buffer {
  const hash = createHash('sha256');
  const { desc, section, relkind, hasData } = entry;
  hash.update(JSON.stringify([desc, section, relkind, hasData]));
  const { tag, namespace, owner, tablespace, tableam, defn, dropStmt, copyStmt } = entry;
  for (const text of [tag, namespace, owner, tablespace, tableam, defn, dropStmt, copyStmt]) {
    hash.update(`\n${text?.length ?? 'null'} `);
    if (text !== null) hash.update(text);
  }
  return hash.digest();
}

/**
 * What pg_restore runs only with `--create` (`_tocEntryRequired` in pg_backup_archiver.c). Every archive holds these, and
 * they name the database: the scratch database of a deep verification has another name.
 */
function belongsToDatabase({ desc, tag }: RawEntry): boolean {
  if (desc === 'DATABASE' || desc === 'DATABASE PROPERTIES') return true;
  return /^(ACL|COMMENT|SECURITY LABEL)$/.test(desc) && tag.toString('latin1', 0, 9) === 'DATABASE ';
}

function titleOf({ desc, namespace, tag }: RawEntry): string {
  const named = [namespace, tag].filter((text): text is Buffer => text !== null && text.length > 0);
  const name = named.map((text) => text.toString(isUtf8(text) ? 'utf8' : 'latin1')).join('.');
  const cut = name.length > 80 ? `${name.slice(0, 79)}…` : name;
  const kind = /^[ -~]{1,40}$/.test(desc) ? desc : 'an entry';
  return `${kind} ${/^[\w.]*$/.test(cut) ? cut : JSON.stringify(cut)}`.trimEnd();
}

function dataOf({ desc, hasData }: RawEntry): Entry['data'] {
  if (!hasData) return null;
  return desc === 'BLOBS' ? 'large objects' : 'rows';
}

/** Reads the next entry, up to the fields that each format adds. */
export async function takeEntry(source: ByteSource, header: ArchiveHeader): Promise<Entry> {
  const raw = await takeRaw(source, header);
  const left = belongsToDatabase(raw);
  const { table, forbidden } = left ? { table: null, forbidden: null } : forbiddenIn(raw);
  return {
    dumpId: raw.dumpId,
    title: titleOf(raw),
    data: dataOf(raw),
    table,
    forbidden,
    work: left ? null : workOf(raw),
    digest: left ? null : digestOf(raw),
  };
}
