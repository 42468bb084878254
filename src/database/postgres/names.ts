import { randomBytes } from 'node:crypto';

/** What a database of this tool's own is for. */
export type OwnPurpose = 'shadow' | 'scratch' | 'undo';

const ownName = /^(?<base>.*)__kubegram_(?<purpose>shadow|scratch|undo)_[0-9a-f]{12}$/s;
const limit = 63; // bytes; PostgreSQL cuts a longer name silently (NAMEDATALEN - 1)

/** A fresh name for a database of ours beside `database`; never longer than PostgreSQL takes. */
export function newOwnName(database: string, purpose: OwnPurpose): string {
  const suffix = `__kubegram_${purpose}_${randomBytes(6).toString('hex')}`;
  return cutToBytes(database, limit - suffix.length) + suffix;
}

/** What the name alone says; that a database is ours needs its marker too. */
export function parseOwnName(name: string): OwnPurpose | undefined {
  return ownName.exec(name)?.groups?.['purpose'] as OwnPurpose | undefined;
}

/** Whether the name is one that {@link newOwnName} gives for this database. */
export function isOwnNameOf(name: string, database: string): boolean {
  const groups = ownName.exec(name)?.groups;
  if (groups === undefined) return false;
  const suffix = Buffer.byteLength(name) - Buffer.byteLength(groups['base'] ?? '');
  return groups['base'] === cutToBytes(database, limit - suffix);
}

/** The longest beginning of a text that fits, never half a character. */
function cutToBytes(text: string, bytes: number): string {
  let cut = text;
  while (Buffer.byteLength(cut) > bytes) cut = [...cut].slice(0, -1).join('');
  return cut;
}
