import { statfs } from 'node:fs/promises';
import { OperationError } from '../../core/errors.ts';
import type { DatabaseFacts, ServerFacts } from '../../core/ports/database-facts.ts';
import type { Shadow } from '../../core/ports/shadow.ts';
import type { Connection, ConnectRequest } from '../../core/ports/target.ts';
import {
  liveFactsQuery,
  movedSequencesQuery,
  schemaTokenQuery,
  serverFactsQuery,
} from '../postgres/facts-query.ts';
import { type Entry, undoPointsOf } from './catalog.ts';
import type { Cluster } from './cluster.ts';
import { countTables } from './count-tables.ts';
import { startDump } from './dump.ts';
import { type EmbeddedFolder, holdFolder, repairFolder } from './embedded-folder.ts';
import { makeRoles } from './roles.ts';
import { schemaDifference } from './schema-copy.ts';
import { createShadow, type EmbeddedShadow } from './shadow.ts';
import { carrySettings, giveName, recordBackup, swapBack, swapIn, undoEntry } from './swap.ts';

/** Opens a folder of embedded databases for one operation: lock, repair, facts. */
export async function connectEmbedded(
  path: string,
  database: string,
  request: ConnectRequest,
): Promise<Connection> {
  const folder = await holdFolder(path, request.signal);
  try {
    const repairs = await repairFolder(folder);
    const home = liveEntry(folder, database) ?? (await folder.template());
    const facts = await (await folder.open(home)).json<ServerFacts>(serverFactsQuery);
    const server = { ...facts, systemIdentifier: folder.catalog.systemIdentifier };
    return connection(folder, database, server, repairs);
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

export function liveEntry({ catalog }: Pick<EmbeddedFolder, 'catalog'>, database: string): Entry | undefined {
  return catalog.databases.find((one) => one.role === 'database' && one.name === database);
}

function connection(
  folder: EmbeddedFolder,
  database: string,
  server: ServerFacts,
  repairs: string[],
): Connection {
  const shadows = new Map<Shadow, EmbeddedShadow>();
  const live = (): Entry => {
    const entry = liveEntry(folder, database);
    if (entry !== undefined) return entry;
    throw new OperationError(
      'unreachable',
      `There is no embedded database named ${database} in ${folder.path}.`,
      {
        hint: 'Set DB_NAME to the right name, or bring a backup back: npm run restore',
      },
    );
  };
  const openLive = async (): Promise<Cluster> => folder.open(live());
  const ours = (shadow: Shadow): EmbeddedShadow => {
    const found = shadows.get(shadow);
    if (found === undefined)
      throw new OperationError('failed', `${shadow.name} was not made by this operation.`, {
        hint: 'Please report it: no command should come here.',
      });
    return found;
  };

  return {
    server,
    parallel: false, // a database is one session in this very process
    repairs,
    live: async () => {
      const entry = liveEntry(folder, database);
      return entry === undefined ? null : factsOf(await folder.open(entry), entry);
    },
    // Nobody else can be at work in it, and what fits into this process is counted quickly.
    liveRows: async () => ({ tables: await countTables(await openLive()), exact: true }),
    movedSequences: async () => (await openLive()).json(movedSequencesQuery),
    undumpedRows: async () => [], // no extension but plpgsql, which has no tables
    // No rows come or go meanwhile: whoever holds the folder is alone.
    twinToken: async () => (await openLive()).json<string>(schemaTokenQuery),
    freeRoom: async () => {
      const { bavail, bsize } = await statfs(folder.path);
      return { data: bavail * bsize, archives: null, shared: false };
    },
    dump: (signal) => startDump(openLive(), signal),
    dumpShadow: (shadow, signal) => startDump(ours(shadow).open(), signal),
    createShadow: async (request) => {
      const shadow = await createShadow(folder, database, liveEntry(folder, database), request);
      shadows.set(shadow, shadow);
      return shadow;
    },
    swap: async (shadow, request) => {
      const { settings } = await factsOf(await openLive(), live());
      await carrySettings(await ours(shadow).open(), settings);
      const swapped = await swapIn(folder, live(), ours(shadow).entry, request);
      ours(shadow).release();
      return swapped;
    },
    adopt: async (shadow, name, settings) => {
      await carrySettings(await ours(shadow).open(), settings);
      await giveName(folder, ours(shadow).entry, name);
      ours(shadow).release();
    },
    exists: async (name) => liveEntry(folder, name) !== undefined,
    undoPoints: async () => undoPointsOf(folder.catalog, database),
    undo: (point) => swapBack(folder, database, liveEntry(folder, database), point),
    // Whoever holds the folder is alone: nothing is written between a dump and its swap.
    mark: async () => '',
    writtenSince: async () => [],
    recordBackup: (point, backupId) => recordBackup(folder, point, backupId),
    isEmptied: async (point, keeps) => {
      const entry = undoEntry(folder, point);
      const cluster = await folder.open(entry);
      const tables = await countTables(cluster);
      const objects = await cluster.json<number>('SELECT to_jsonb(count(*)) FROM pg_largeobject_metadata');
      const emptied = objects === 0 && tables.every((table) => table.rows === 0 || keeps(table));
      const same = emptied && (await schemaDifference(await openLive(), cluster)) === null;
      await folder.close(entry);
      return same;
    },
    dropUndoPoint: (point) => folder.remove(undoEntry(folder, point)),
    createRoles: async (names) => {
      const home = liveEntry(folder, database) ?? (await folder.template());
      await makeRoles(await folder.open(home), names);
    },
    [Symbol.asyncDispose]: async () => {
      // What cannot be tidied up now is put in order by the next command.
      for (const shadow of shadows.values())
        await Promise.resolve(shadow[Symbol.asyncDispose]()).catch(ignored);
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The facts as the catalog has them: inside its folder each database has the same name and oid. */
async function factsOf(cluster: Cluster, { name, id }: Entry): Promise<DatabaseFacts> {
  const facts = await cluster.json<DatabaseFacts>(liveFactsQuery);
  return { ...facts, name, oid: id, sessions: 0 };
}

function ignored(): void {}
