import { isDeepStrictEqual } from 'node:util';
import { OperationError } from '../core/errors.ts';
import { isMigrationTable } from '../core/migration-tables.ts';
import type { DatabaseFacts, TableFacts } from '../core/ports/database-facts.ts';
import type { Shadow } from '../core/ports/shadow.ts';
import type { Connection } from '../core/ports/target.ts';
import type { Run } from './run.ts';

/** The live database without its data, built beside it and proven. Disposing drops it, unless it was swapped in. */
interface EmptiedTwin extends AsyncDisposable {
  readonly shadow: Shadow;
  /** Whether the live database has still the schema, the rows that stay, and the settings that it was built from. */
  isCurrent(): Promise<boolean>;
}

/** One that is being built beside other work. Disposing gives it up and waits until nothing is left of it. */
export interface BegunTwin extends AsyncDisposable {
  /**
   * Undefined where it could not be built: perhaps somebody changed the schema meanwhile. One that is built anew is
   * right, or fails for a reason that holds.
   */
  ready(): Promise<EmptiedTwin | undefined>;
}

const building = { phase: 'Building the emptied database' };

/** Starts to build a twin, where the target can do two things at once. */
export function beginTwin(
  connection: Connection,
  live: DatabaseFacts,
  everything: boolean,
  { signal, onProgress }: Run,
): BegunTwin | undefined {
  if (!connection.parallel) return undefined;
  const giveUp = new AbortController();
  let awaited = false;
  const twin = buildTwin(connection, live, everything, {
    signal: AbortSignal.any([signal, giveUp.signal]),
    onProgress: (progress) => {
      if (awaited) onProgress(progress); // until then somebody else tells how far he is
    },
  });
  const built = twin.catch(() => undefined);
  return {
    ready: () => {
      if (!awaited) onProgress(building);
      awaited = true;
      return built;
    },
    [Symbol.asyncDispose]: async () => {
      giveUp.abort();
      await (await built)?.[Symbol.asyncDispose]();
    },
  };
}

/**
 * @param live As it was looked at first: it may have gone, or changed, since.
 * @param everything An empty database, instead of one with the schema and the rows that migration tools need.
 */
export async function buildTwin(
  connection: Connection,
  live: DatabaseFacts,
  everything: boolean,
  run: Run,
): Promise<EmptiedTwin> {
  const now = (await connection.live()) ?? live;
  const { settings } = now;
  const keep = keptTables(now, everything);
  const token = await connection.twinToken(keep);
  await using stack = new AsyncDisposableStack();
  const shadow = stack.use(await connection.createShadow({ purpose: 'shadow', settings }));
  if (!everything) await copySchema(shadow, keep, run);
  await proveEmptied(shadow, everything);
  run.signal.throwIfAborted();
  await shadow.analyze(1);
  await shadow.applySettings();
  const mark = await connection.mark();
  // What was changed and changed back meanwhile may be in the twin as it was in between.
  const after = await connection.live();
  const same =
    token === (await connection.twinToken(keep)) &&
    isDeepStrictEqual(after?.settings, settings) &&
    isDeepStrictEqual(keptTables(after, everything).map(nameOf), keep.map(nameOf));
  const owned = stack.move();
  return {
    shadow,
    isCurrent: async () =>
      same &&
      token === (await tokenNow(connection, keep)) &&
      // Settings are not set without leaving a mark.
      ((await connection.mark()) === mark ||
        isDeepStrictEqual((await connection.live())?.settings, settings)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function keptTables(live: DatabaseFacts | null, everything: boolean): TableFacts[] {
  return everything || live === null ? [] : live.tables.filter(isMigrationTable);
}

const nameOf = ({ schema, name }: TableFacts): string[] => [schema, name];

/** Null where a table that was to be kept is gone: a database that cannot be asked at all shows in what comes next. */
function tokenNow(connection: Connection, keep: readonly TableFacts[]): Promise<string | null> {
  return connection.twinToken(keep).catch((error: unknown) => {
    if (error instanceof OperationError && error.code === 'failed') return null;
    throw error;
  });
}

async function copySchema(shadow: Shadow, keep: readonly TableFacts[], run: Run): Promise<void> {
  run.onProgress(building);
  await shadow.copySchemaOfLive(keep, run.signal);
  run.onProgress({ phase: 'Comparing schemas' });
  const difference = await shadow.differenceFromLive(keep, run.signal);
  if (difference === null) return;
  throw new OperationError('failed', `The emptied database would not be the same: ${difference}.`, {
    hint: 'Nothing was changed; the backup is kept. Clear it with --everything and run your migrations instead.',
  });
}

async function proveEmptied(shadow: Shadow, everything: boolean): Promise<void> {
  const filled = (await shadow.rows()).filter(
    (table) => table.rows > 0 && table.extension === null && (everything || !isMigrationTable(table)),
  );
  const [first] = filled;
  if (first === undefined) return;
  throw new OperationError('failed', `The emptied database has rows in ${first.schema}.${first.name}.`, {
    hint: 'Nothing was changed; the backup is kept.',
  });
}
