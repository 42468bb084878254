import { isDeepStrictEqual } from 'node:util';
import { OperationError } from '../../core/errors.ts';
import { quoteLiteral } from '../../core/identifiers.ts';
import type { DatabaseSettings } from '../../core/manifest.ts';
import type { UndoPoint } from '../../core/ports/database-facts.ts';
import type { Swapped, SwapRequest } from '../../core/ports/target.ts';
import type { Client } from './client.ts';
import { applySettings } from './database-settings.ts';
import { settingsQuery } from './facts-query.ts';
import type { UndoMarker } from './marker.ts';
import { newOwnName } from './names.ts';
import { nextSequence, ownDatabases } from './own-databases.ts';
import { type Session, SqlError, sqlFailure } from './session.ts';
import type { PostgresShadow } from './shadow.ts';
import { type Swap, type SwapPlan, swapDatabases } from './swap.ts';
import { requireNamed } from './swap-outcome.ts';

/** What the swaps of a connection work on. */
interface Place {
  control: Session;
  client: Client;
  database: string;
}

interface SwapPlace extends Place {
  /** The live database that the operation looked at. */
  seenOid: number | undefined;
}

/** What is known beside: whether anybody wrote meanwhile. */
type SwappedSince = Swapped & Pick<Swap, 'quietSince'>;

/** Carries over what hangs on the live database itself, as it is by now, and swaps a proven shadow in. */
export async function swapIn(
  place: SwapPlace,
  shadow: PostgresShadow,
  request: SwapRequest,
): Promise<SwappedSince> {
  const swapped = await swapWith(place, shadow, { kind: 'shadow', before: null }, request);
  shadow.release();
  return swapped;
}

/** Swaps the undo point back in, or names it where no live database is. */
export async function swapBack(place: SwapPlace, point: UndoPoint): Promise<Swapped | null> {
  const { control, database } = place;
  const found = (await ownDatabases(control, database)).find((one) => one.oid === point.oid);
  if (found?.marker?.kind !== 'undo') {
    throw new OperationError(
      'refused',
      'The database to go back to is no longer the one that was put aside.',
      {
        hint: 'See what is there: npm run db:status',
      },
    );
  }
  const { marker } = found;
  const liveOid = await control.run(`SELECT oid FROM pg_database WHERE datname = ${quoteLiteral(database)}`);
  if (liveOid.length === 0) {
    await nameDatabase(place, found, database, marker.comment);
    return null;
  }
  const { undoPoint, blockedMs } = await swapWith(place, found, { kind: 'undo', before: marker }, undoing);
  return { undoPoint, blockedMs };
}

const undoing: SwapRequest = { operation: 'undo' };

interface LiveNow {
  oid: number;
  allowed: boolean;
  sizeBytes: number;
  settings: DatabaseSettings;
  now: string;
}

async function swapWith(
  { control, client, database, seenOid }: SwapPlace,
  incoming: Pick<PostgresShadow, 'name' | 'oid'> & Partial<Pick<PostgresShadow, 'appliedSettings'>>,
  state: { kind: 'shadow'; before: null } | { kind: 'undo'; before: UndoMarker },
  request: SwapRequest,
): Promise<SwappedSince> {
  const [live] = await control.json<LiveNow[]>(
    `SELECT coalesce(jsonb_agg(jsonb_build_object('oid', d.oid::bigint, 'allowed', d.datallowconn,
       'sizeBytes', pg_database_size(d.oid), 'settings', (${settingsQuery}),
       'now', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))), '[]')
     FROM pg_database d WHERE d.datname = ${quoteLiteral(database)}`,
  );
  if (live === undefined || (seenOid !== undefined && live.oid !== seenOid)) {
    throw new OperationError(
      'swap-failed',
      `${database} is not the database any more that it was at the start.`,
      {
        hint: 'Somebody put another one in its place meanwhile. Nothing was changed; look, then try again.',
      },
    );
  }
  const applied = incoming.appliedSettings;
  if (state.kind === 'shadow' && applied === undefined)
    await applySettings(control, incoming.name, live.settings);
  if (applied !== undefined && !isDeepStrictEqual(hanging(applied), hanging(live.settings)))
    throw settingsMoved(database);
  const { comment } = state.before ?? live.settings;
  const undoName = newOwnName(database, 'undo');
  const undo: UndoMarker = {
    kind: 'undo',
    of: database,
    oid: live.oid,
    at: live.now,
    sequence: nextSequence(await ownDatabases(control, database)),
    comment: live.settings.comment,
    operation: request.operation,
    // Whether a backup holds all of it is known only when nobody writes there any more.
    backupId: null,
  };
  const own = { of: database, oid: incoming.oid };
  const plan: SwapPlan = {
    live: { name: database, oid: live.oid },
    shadow: incoming,
    undoName,
    comment,
    fence: { kind: 'fence', ...own, liveOid: live.oid, liveAllowed: live.allowed, before: state.before },
    undo,
    before: state.kind === 'undo' ? state.before : { kind: 'shadow', ...own },
  };
  const incomingNow = { name: database, oid: incoming.oid };
  const swap = await swapDatabases(control, plan, (error) => requireNamed(client, incomingNow, error));
  const { at, operation, backupId } = undo;
  const undoPoint = { name: undoName, oid: live.oid, sizeBytes: live.sizeBytes, at, operation, backupId };
  return { undoPoint, ...swap };
}

/** The comment is put on by the swap itself, and so is whether anybody is let in. */
function hanging({ comment: _comment, allow_connections: _allowed, ...settings }: DatabaseSettings) {
  return settings;
}

function settingsMoved(database: string): OperationError {
  return new OperationError('swap-failed', `The settings of ${database} were changed just now.`, {
    hint: 'Nothing was changed by us; try again.',
  });
}

/** Gives a proven shadow a name that is free. */
export async function adopt(
  place: Place,
  shadow: PostgresShadow,
  name: string,
  settings: DatabaseSettings,
): Promise<void> {
  await applySettings(place.control, shadow.name, settings);
  await nameDatabase(place, shadow, name, settings.comment);
  shadow.release();
}

/** Gives one of our databases a free name and a user's comment, in one transaction. */
async function nameDatabase(
  { control, client }: Place,
  database: { name: string; oid: number },
  name: string,
  comment: string | null,
): Promise<void> {
  const text = `BEGIN
    PERFORM 1 FROM pg_database WHERE oid = ${database.oid} AND datname = ${quoteLiteral(database.name)};
    IF NOT FOUND THEN RAISE EXCEPTION 'the database to be named is not the one that was built'; END IF;
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${quoteLiteral(database.name)};
    EXECUTE format('ALTER DATABASE %I RENAME TO %I', ${quoteLiteral(database.name)}, ${quoteLiteral(name)});
    EXECUTE format('COMMENT ON DATABASE %I IS %L', ${quoteLiteral(name)}, ${comment === null ? 'NULL' : quoteLiteral(comment)});
    EXECUTE format('ALTER DATABASE %I ALLOW_CONNECTIONS true', ${quoteLiteral(name)});
  END`;
  try {
    await control.run(`DO LANGUAGE plpgsql ${quoteLiteral(text)}`);
  } catch (error) {
    if (error instanceof SqlError) throw sqlFailure(error, `Naming the database ${name}`);
    await requireNamed(client, { name, oid: database.oid }, error);
  }
}
