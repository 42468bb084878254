import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError, reasonOf } from '../../core/errors.ts';
import { type FileLock, takeFileLock } from '../../process/file-lock.ts';
import {
  type Catalog,
  type Entry,
  emptyCatalog,
  newFolderName,
  readCatalog,
  writeCatalog,
} from './catalog.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { folderError } from './folder-error.ts';

/** A folder of embedded databases, locked: one process at a time works on any of them. */
export interface EmbeddedFolder extends AsyncDisposable {
  readonly path: string;
  readonly catalog: Catalog;
  /** Replaces the catalog, all at once. */
  commit(change: (databases: readonly Entry[]) => Entry[]): Promise<void>;
  /** Opens a database of it, or gives the one that is open. */
  open(entry: Pick<Entry, 'dir'>): Promise<Cluster>;
  close(entry: Pick<Entry, 'dir'>): Promise<void>;
  /** The data folder that new databases are copies of. */
  template(): Promise<Entry>;
  /** A new, empty database. A crash leaves it recognisable by its role. */
  create(name: string, role: 'shadow' | 'scratch'): Promise<Entry>;
  remove(entry: Pick<Entry, 'id' | 'dir'>): Promise<void>;
}

/** How long a lock is waited for: short operations pass. */
const lockLimitMs = 2000;

/** Takes the folder for one operation. @throws OperationError `unreachable` where nothing is there yet. */
export async function holdFolder(path: string, signal: AbortSignal): Promise<EmbeddedFolder> {
  if ((await readCatalog(path)) === undefined) throw nothingThere(path);
  const lock = await waitForLock(path, signal);
  try {
    const catalog = await readCatalog(path);
    if (catalog === undefined) throw nothingThere(path);
    return embeddedFolder(path, catalog, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Makes the folder where it is missing, with nothing in it. */
export async function initialiseFolder(path: string, signal: AbortSignal): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw folderError(error, 'making the folder', path);
  }
  const lock = await waitForLock(path, signal);
  try {
    if ((await readCatalog(path)) === undefined) await writeCatalog(path, emptyCatalog());
  } finally {
    lock.release();
  }
}

async function waitForLock(path: string, signal: AbortSignal): Promise<FileLock> {
  const started = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const lock = tryLock(path);
    if (lock !== null) return lock;
    if (performance.now() - started > lockLimitMs) {
      throw new OperationError('busy', `Another operation is at work on the embedded database in ${path}.`, {
        hint: 'Wait until it has ended, then try again. Only one process at a time can use it.',
      });
    }
    await sleep(100, undefined, { signal });
  }
}

function tryLock(path: string): FileLock | null {
  try {
    return takeFileLock(join(path, '.lock'));
  } catch (error) {
    throw new OperationError('unreachable', `${path} cannot be locked: ${reasonOf(error)}.`, {
      hint: 'Give yourself the right to write there, or set DB_EMBEDDED_DIR to a folder on a local disk.',
      cause: error,
    });
  }
}

function nothingThere(path: string): OperationError {
  return new OperationError('unreachable', `There is no embedded database in ${path} yet.`, {
    hint: 'See the tool at work on one that it makes itself: make demo',
  });
}

function embeddedFolder(path: string, first: Catalog, lock: FileLock): EmbeddedFolder {
  let catalog = first;
  const clusters = new Map<string, Promise<Cluster>>();

  const write = async (next: Catalog): Promise<void> => {
    try {
      await writeCatalog(path, next);
    } catch (error) {
      throw folderError(error, 'writing the catalog', path);
    }
    catalog = next;
  };
  const add = async (name: string, role: 'shadow' | 'scratch'): Promise<Entry> => {
    const added = { name, dir: newFolderName(), id: catalog.nextId, role };
    await write({ ...catalog, nextId: catalog.nextId + 1, databases: [...catalog.databases, added] });
    return added;
  };
  const folder: EmbeddedFolder = {
    path,
    get catalog() {
      return catalog;
    },
    commit: (change) => write({ ...catalog, databases: change(catalog.databases) }),
    open: ({ dir }) => {
      const opened = clusters.get(dir) ?? openCluster(join(path, dir));
      clusters.set(dir, opened);
      return opened;
    },
    close: async ({ dir }) => {
      const opened = clusters.get(dir);
      clusters.delete(dir);
      if (opened !== undefined) await (await opened)[Symbol.asyncDispose]();
    },
    template: async () => {
      const there = catalog.databases.find((one) => one.role === 'template');
      if (there !== undefined) return there;
      const made: Entry = { ...(await add('template', 'scratch')), role: 'template' };
      await folder.open(made);
      await folder.commit((all) => [...all.filter((one) => one.id !== made.id), made]);
      return made;
    },
    create: async (name, role) => {
      const template = await folder.template();
      await folder.close(template); // what is open is not whole on the disk
      const made = await add(name, role);
      try {
        copyFolder(join(path, template.dir), join(path, made.dir));
        return made;
      } catch (error) {
        // Its files first: on a full disk there is no room for a new catalog before.
        await rm(join(path, made.dir), { recursive: true, force: true }).catch(ignored);
        await folder.remove(made).catch(ignored);
        throw folderError(error, 'making a new database', path);
      }
    },
    remove: async (entry) => {
      await folder.close(entry);
      // The catalog first: a folder that it does not name is removed by whoever comes next.
      await folder.commit((all) => all.filter((one) => one.id !== entry.id));
      await rm(join(path, entry.dir), { recursive: true, force: true }).catch((error: unknown) => {
        throw folderError(error, 'removing a database', path);
      });
    },
    [Symbol.asyncDispose]: async () => {
      for (const dir of [...clusters.keys()]) await folder.close({ dir }).catch(ignored);
      lock.release();
    },
  };
  return folder;
}

/**
 * Files and folders, as a data folder has them. One after the other in one go: a thousand small files at a promise each take
 * three times as long, and Node's own `cpSync` ends the process where a folder cannot be made (24.21).
 */
function copyFolder(from: string, to: string): void {
  mkdirSync(to, { mode: 0o700 });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, copy] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyFolder(source, copy);
    else copyFileSync(source, copy);
  }
}

/** What is half made: databases that were being built, and folders that no catalog names. */
export async function leftoversIn({
  path,
  catalog,
}: Pick<EmbeddedFolder, 'path' | 'catalog'>): Promise<string[]> {
  const unfinished = catalog.databases.filter(isUnfinished).map(({ name }) => name);
  return [...unfinished, ...(await strayFolders({ path, catalog }))];
}

/**
 * Puts in order what a dead operation left. The folder's lock is held, so whatever is found belongs to nobody.
 *
 * @returns One sentence for each thing that was done.
 */
export async function repairFolder(folder: EmbeddedFolder): Promise<string[]> {
  const done: string[] = [];
  for (const one of folder.catalog.databases.filter(isUnfinished)) {
    await folder.remove(one);
    done.push(`The unfinished database ${one.name} was removed.`);
  }
  for (const name of await strayFolders(folder)) {
    await rm(join(folder.path, name), { recursive: true, force: true });
    done.push(`The data folder ${name}, which no database uses, was removed.`);
  }
  return done;
}

function isUnfinished({ role }: Entry): boolean {
  return role === 'shadow' || role === 'scratch';
}

async function strayFolders({ path, catalog }: Pick<EmbeddedFolder, 'path' | 'catalog'>): Promise<string[]> {
  const known = new Set(catalog.databases.map(({ dir }) => dir));
  return (await readdir(path)).filter((name) => /^db-[0-9a-f]{12}$/.test(name) && !known.has(name));
}

function ignored(): void {}
