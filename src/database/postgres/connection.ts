import { archiveAs, backupFormats } from '../../core/backup-format.ts';
import { OperationError } from '../../core/errors.ts';
import { quoteIdentifier, quoteLiteral } from '../../core/identifiers.ts';
import type { DatabaseFacts, ServerFacts } from '../../core/ports/database-facts.ts';
import type { Dump, DumpWish, Shadow } from '../../core/ports/shadow.ts';
import type { Connection, ConnectRequest } from '../../core/ports/target.ts';
import { startArchiveDump } from './archive-dump.ts';
import type { Client } from './client.ts';
import { endOwnWork, lockTarget, openControl, shareTarget } from './control.ts';
import { dropOwnDatabase } from './drop-database.ts';
import { startDump, wholeDump } from './dump.ts';
import { liveFactsQuery, movedSequencesQuery, serverFactsQuery } from './facts-query.ts';
import { freeRoom } from './free-room.ts';
import { liveRows, markQuery, undumpedRows } from './live-reading.ts';
import { ownDatabases, undoPointsAmong } from './own-databases.ts';
import { readJson } from './read.ts';
import { repairServer } from './repair.ts';
import type { Session } from './session.ts';
import type { PostgresShadow } from './shadow.ts';
import { quietSettings, workSettings } from './tool-settings.ts';

interface PostgresServer extends ServerFacts {
  superuser: boolean;
  dataFolder: string | null;
}

/** Opens a Postgres target for one operation: lock, repair, facts of the server. */
export async function connectPostgres(
  client: Client,
  database: string,
  request: ConnectRequest,
): Promise<Connection> {
  const control = await openControl(client, request);
  try {
    if (request.access === 'change') await loadForChange();
    const server = await control.json<PostgresServer>(serverFactsQuery);
    const quiet = client.with(`${quietSettings(server)} ${workSettings(client.launcher)}`);
    const alone = await lockTarget(control, database, request);
    const repairs = alone ? await repairServer(control, quiet, database) : [];
    if (alone && request.access === 'read') await shareTarget(control, database);
    return connection({ control, client: quiet, database, server, repairs, signal: request.signal });
  } catch (error) {
    await Promise.all([client.sessions.end(), control[Symbol.asyncDispose]()]);
    throw error;
  }
}

/** Who changes something has all that it takes before he begins: files may be replaced while a menu is open. */
function loadForChange(): Promise<unknown> {
  return Promise.all([
    import('./shadow.ts'),
    import('./swap-in.ts'),
    import('./twin-token.ts'),
    import('./undo-point.ts'),
  ]);
}

interface Open {
  control: Session;
  client: Client;
  database: string;
  server: PostgresServer;
  repairs: string[];
  signal: AbortSignal;
}

// What builds a shadow and swaps it in is loaded by who does: a quarter of the files of a backup, which does not.
function connection(open: Open): Connection {
  const { control, client, database, server } = open;
  // A look ends with the operation.
  const looking = { ...client, signal: open.signal };
  const shadows = new Map<Shadow, PostgresShadow>();
  const oidOf = async (name: string): Promise<number | undefined> => {
    const [oid] = await control.run(`SELECT oid FROM pg_database WHERE datname = ${quoteLiteral(name)}`);
    return oid === undefined ? undefined : Number(oid);
  };
  // The database that this operation looked at is the one that it replaces, and no other of that name.
  let seenOid: number | undefined;
  const live = async (): Promise<DatabaseFacts | null> => {
    if ((await oidOf(database)) === undefined) return null;
    const facts = await readJson<DatabaseFacts>(looking, database, liveFactsQuery);
    seenOid ??= facts.oid;
    return facts;
  };
  // The last swap of this operation: what it put in place, what it put aside, and the mark since which nobody had written there.
  let lastSwap: { placed: PostgresShadow; aside: number; quietSince: string | null } | undefined;
  let heapOnly = false; // whether a mark tells of all rows
  const ours = (shadow: Shadow): PostgresShadow => {
    const found = shadows.get(shadow);
    if (found === undefined)
      throw new OperationError('failed', `${shadow.name} was not made by this operation.`, {
        hint: 'Please report it: no command should come here.',
      });
    return found;
  };
  const dump = (
    name: string,
    { format, jobs }: DumpWish,
    signal: AbortSignal,
    grown?: (bytes: number) => void,
  ): Dump => {
    const archive = archiveAs(format);
    if (archive === null)
      return startDump(client, name, wholeDump(backupFormats[format].packing ?? 'zstd', server), signal);
    const content = { format: archive, jobs, serverVersion: server.version };
    return startArchiveDump(client, name, content, signal, grown);
  };

  return {
    server,
    parallel: true,
    repairs: open.repairs,
    live,
    liveRows: (limitMs) => liveRows(looking, database, limitMs),
    movedSequences: () => readJson(looking, database, movedSequencesQuery),
    undumpedRows: () => undumpedRows(looking, database),
    twinToken: async (keep) => (await import('./twin-token.ts')).twinToken(looking, database, keep),
    freeRoom: () => freeRoom(looking, server.dataFolder),
    dump: (signal, wish, grown) => dump(database, wish, signal, grown),
    dumpShadow: (shadow, signal, wish) => dump(shadow.name, wish, signal),
    createShadow: async ({ purpose, settings }) => {
      const { createShadow } = await import('./shadow.ts');
      const shadow = await createShadow({ control, client, server, database, live }, purpose, settings);
      shadows.set(shadow, shadow);
      return shadow;
    },
    swap: async (shadow, request) => {
      const { swapIn } = await import('./swap-in.ts');
      await client.leave();
      const placed = ours(shadow);
      const { quietSince, ...swapped } = await swapIn({ ...open, seenOid }, placed, request);
      lastSwap = { placed, aside: swapped.undoPoint.oid, quietSince };
      return swapped;
    },
    adopt: async (shadow, name, settings) => {
      const { adopt } = await import('./swap-in.ts');
      await client.leave();
      await adopt(open, ours(shadow), name, settings);
    },
    exists: async (name) => (await oidOf(name)) !== undefined,
    undoPoints: async () => undoPointsAmong(await ownDatabases(control, database)),
    undo: async (point) => {
      const { swapBack } = await import('./swap-in.ts');
      await client.leave();
      return swapBack({ ...open, seenOid }, point);
    },
    mark: async () => {
      const now = await readJson<{ mark: string; heapOnly: boolean }>(looking, database, markQuery);
      heapOnly = now.heapOnly;
      return now.mark;
    },
    writtenSince: async (point, mark, backedUp) => {
      if (heapOnly && lastSwap?.aside === point.oid && lastSwap.quietSince === mark) return [];
      const { writtenSince } = await import('./undo-point.ts');
      return writtenSince(control, client, point, { mark, backedUp, superuser: server.superuser });
    },
    recordBackup: async (point, backupId) =>
      (await import('./undo-point.ts')).recordBackup(control, database, point, backupId),
    isEmptied: async (point, keeps) => {
      const [{ isEmptied }, facts] = await Promise.all([import('./undo-point.ts'), live()]);
      if (facts === null) return false;
      const schema = lastSwap?.placed.oid === facts.oid ? lastSwap.placed.provenSchema : undefined;
      return isEmptied(control, client, { server, live: facts, schema }, point, keeps);
    },
    dropUndoPoint: (point) => dropOwnDatabase(control, client, point),
    createRoles: async (names) => {
      for (const name of names) await control.run(`CREATE ROLE ${quoteIdentifier(name)} NOLOGIN`);
    },
    [Symbol.asyncDispose]: async () => {
      await client.sessions.end();
      // A tool that was given up goes on inside the container. What cannot be ended now (the server may be
      // gone) is put in order by the next command.
      await endOwnWork(control, client).catch(ignored);
      for (const shadow of shadows.values()) await shadow[Symbol.asyncDispose]();
      await control[Symbol.asyncDispose]();
    },
  };
}

function ignored(): void {}
