import { schemaDifferenceOf } from '../../core/dump/schema-difference.ts';
import { OperationError } from '../../core/errors.ts';
import { quoteIdentifier, quoteLiteral } from '../../core/identifiers.ts';
import type { DatabaseSettings } from '../../core/manifest.ts';
import type { DatabaseFacts } from '../../core/ports/database-facts.ts';
import type { Shadow } from '../../core/ports/shadow.ts';
import { analyzeDatabase } from './analyze.ts';
import { loadArchive } from './archive-load.ts';
import { type AtWork, atWorkQuery, seenAtWork } from './archive-progress.ts';
import { buildProgress, buildsQuery } from './build-progress.ts';
import type { Client } from './client.ts';
import { applySettings, createOptions, settingsOf } from './database-settings.ts';
import { dropOwnDatabase } from './drop-database.ts';
import { keepLooking } from './keep-looking.ts';
import { keptRowsDifference } from './kept-rows.ts';
import { cutting, sharedLoadSettings } from './load.ts';
import { newOwnName } from './names.ts';
import { setMarker } from './own-databases.ts';
import { readJson, runSql } from './read.ts';
import { countTables } from './rows-query.ts';
import { copySchema, describeSchema } from './schema-copy.ts';
import { type Session, sqlFailure } from './session.ts';
import { loadStaged } from './staged-load.ts';

export interface PostgresShadow extends Shadow {
  readonly oid: number;
  readonly purpose: 'shadow' | 'scratch';
  /** Its schema, where it was found to be the live database's. */
  readonly provenSchema: readonly string[] | undefined;
  /** The settings that it was given already, as the control session reads them. */
  readonly appliedSettings: DatabaseSettings | undefined;
  /** From now on it has another name and place: disposing leaves it alone. */
  release(): void;
}

export interface ShadowSource {
  control: Session;
  client: Client;
  server: { version: string; superuser: boolean };
  database: string;
  live: () => Promise<DatabaseFacts | null>;
}

/**
 * How often a load by pg_restore is looked at, in milliseconds: it says nothing of itself, and what is over between two looks was
 * never seen. Of the benchmark's 15 indexes nine take less than 0.9 s.
 */
const shortMs = 250;

/** Makes an empty database beside the live one and marks it as ours. */
export async function createShadow(
  source: ShadowSource,
  purpose: 'shadow' | 'scratch',
  settings: DatabaseSettings,
): Promise<PostgresShadow> {
  const { control, client, server, database } = source;
  const name = newOwnName(database, purpose);
  try {
    await control.run(`CREATE DATABASE ${quoteIdentifier(name)} ${createOptions(settings)}`);
  } catch (error) {
    throw sqlFailure(error, 'Making the shadow database');
  }
  const [oid] = await control.run(`SELECT oid FROM pg_database WHERE datname = ${quoteLiteral(name)}`);
  if (oid === undefined)
    throw new OperationError('failed', `The database ${name} was made and is not there.`, {
      hint: 'Somebody dropped it meanwhile. Nothing was changed; try again.',
    });
  const own = { name, oid: Number(oid) };
  await setMarker(control, name, { kind: purpose, of: database, oid: own.oid });

  let released = false;
  let appliedSettings: DatabaseSettings | undefined;
  let provenSchema: readonly string[] | undefined;
  const liveFacts = async (): Promise<DatabaseFacts> => {
    const facts = await source.live();
    if (facts === null)
      throw new OperationError('unreachable', `The database ${database} is gone.`, {
        hint: 'Somebody dropped or renamed it meanwhile. See what is there: npm run db:status',
      });
    return facts;
  };
  const run = async (sql: string): Promise<void> => {
    await runSql(client, name, sql, '', 'Building the shadow');
  };
  // By the psql that works in the shadow before and after a load, meanwhile in a database that nobody renames or drops.
  const look =
    <T>(query: string) =>
    (signal: AbortSignal): Promise<T> =>
      readJson<T>({ ...client, signal }, 'postgres', query);
  return {
    ...own,
    purpose,
    get provenSchema() {
      return provenSchema;
    },
    get appliedSettings() {
      return appliedSettings;
    },
    load: async (plain, { signal, extensions, schemas, withoutOwners, withoutPolicies, jobs }, built) => {
      if (!schemas.includes('public')) await run('DROP SCHEMA public');
      const options = { withoutOwners, withoutPolicies };
      const settings = sharedLoadSettings(server, jobs);
      await using builds = buildProgress(look(buildsQuery(name)), (done) => built?.(done));
      const load = { client, database: name, settings, serverVersion: server.version, signal, jobs, builds };
      await loadStaged(load, cutting(plain, extensions, options));
    },
    loadArchive: async (archive, { schemas, ...options }, seen) => {
      if (!schemas.includes('public')) await run('DROP SCHEMA public');
      const atWork = look<AtWork>(atWorkQuery(name, server.version));
      await using _watching = keepLooking(atWork, (now) => seen?.(seenAtWork(now)), shortMs);
      await loadArchive({ client, database: name, server }, archive, options);
    },
    copySchemaOfLive: async (keep, signal) =>
      copySchema({ client, server, live: await liveFacts(), shadow: name, signal }, keep),
    differenceFromLive: async (keep, signal) => {
      const copy = { client, server, live: await liveFacts(), shadow: name, signal };
      const [ofLive, ofShadow] = await Promise.all([
        describeSchema(copy, copy.live.name),
        describeSchema(copy, name),
      ]);
      const difference = schemaDifferenceOf(ofLive, ofShadow) ?? (await keptRowsDifference(copy, keep));
      if (difference === null) provenSchema = ofShadow;
      return difference;
    },
    rows: () => countTables(client, name),
    analyze: (jobs) => analyzeDatabase(client, name, jobs),
    applySettings: async () => {
      appliedSettings = (await settingsOf(control, database)) ?? settings;
      await applySettings(control, name, appliedSettings);
    },
    release: () => {
      released = true;
    },
    [Symbol.asyncDispose]: async () => {
      if (released) return;
      released = true;
      // What cannot be dropped now (the server may be gone) is put in order by the next command; how the
      // operation itself failed must not be hidden by it.
      await dropOwnDatabase(control, client, own).catch(() => {});
    },
  };
}
