import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { OperationError, reasonOf } from '../../core/errors.ts';
import type { UndoPoint } from '../../core/ports/database-facts.ts';

const common = {
  name: v.string(),
  /** The sub-folder with its data. The form is checked: it is removed by this name. */
  dir: v.pipe(v.string(), v.regex(/^db-[0-9a-f]{12}$/)),
  /** What an oid is on a server: given once, and kept through every change of name. */
  id: v.number(),
};

const entry = v.variant('role', [
  v.object({ role: v.literal('database'), ...common }),
  /** A fresh data folder, copied for each new database: making one anew takes seconds. */
  v.object({ role: v.literal('template'), ...common }),
  v.object({ role: v.literal('shadow'), ...common }),
  v.object({ role: v.literal('scratch'), ...common }),
  v.object({
    role: v.literal('undo'),
    ...common,
    of: v.string(),
    sizeBytes: v.number(),
    at: v.string(),
    /** Counts the undo points: clocks are set back. Older ones have none. */
    sequence: v.optional(v.number()),
    operation: v.picklist(['restore', 'clear', 'undo']),
    backupId: v.nullable(v.string()),
  }),
]);

const catalog = v.object({
  version: v.literal(1),
  /** Of the folder as a whole: each database in it is a cluster of its own, with an identifier of its own. */
  systemIdentifier: v.string(),
  nextId: v.number(),
  databases: v.array(entry),
});

/** Which sub-folder is what. It is only ever replaced as a whole: that is what a swap is here. */
export type Catalog = v.InferOutput<typeof catalog>;
export type Entry = v.InferOutput<typeof entry>;
export type UndoEntry = Extract<Entry, { role: 'undo' }>;

const fileName = 'catalog.json';

export function emptyCatalog(): Catalog {
  return { version: 1, systemIdentifier: String(randomBytes(8).readBigUInt64BE()), nextId: 1, databases: [] };
}

/** @returns Undefined where the folder holds no embedded databases. */
export async function readCatalog(folder: string): Promise<Catalog | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, fileName), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw unreadable(folder, error);
  }
  try {
    return v.parse(catalog, JSON.parse(text));
  } catch (error) {
    throw unreadable(folder, error);
  }
}

/** Replaces the catalog at once: whoever reads it, and whatever crash, sees the old one or the new one. */
export async function writeCatalog(folder: string, value: Catalog): Promise<void> {
  const partial = join(folder, `${fileName}.partial`);
  const file = await open(partial, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, join(folder, fileName));
  const parent = await open(folder, 'r');
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
}

export function newFolderName(): string {
  return `db-${randomBytes(6).toString('hex')}`;
}

/** The undo points of a database, newest first. */
export function undoPointsOf({ databases }: Catalog, database: string): UndoPoint[] {
  return databases
    .filter((one) => one.role === 'undo')
    .filter((one) => one.of === database)
    .sort((a, b) => (b.sequence ?? 0) - (a.sequence ?? 0) || (a.at < b.at ? 1 : -1))
    .map(undoPointOf);
}

/** The number of the next undo point. */
export function nextSequence({ databases }: Catalog): number {
  return 1 + Math.max(0, ...databases.map((one) => (one.role === 'undo' ? (one.sequence ?? 0) : 0)));
}

export function undoPointOf({ name, id, sizeBytes, at, operation, backupId }: UndoEntry): UndoPoint {
  return { name, oid: id, sizeBytes, at, operation, backupId };
}

function unreadable(folder: string, cause: unknown): OperationError {
  return new OperationError('failed', `${join(folder, fileName)} cannot be read: ${reasonOf(cause)}.`, {
    hint: 'Nothing was changed. Put it back as it was, or set DB_EMBEDDED_DIR to another folder.',
    cause,
  });
}
