import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupFormat } from '../../src/core/backup-format.ts';
import { type UndoMarker, writeMarker } from '../../src/database/postgres/marker.ts';
import { newOwnName } from '../../src/database/postgres/names.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { pinBackup } from '../../src/operations/manage.ts';
import type { Policy } from '../../src/operations/run.ts';
import { startPostgres } from './container.ts';
import { dockerPorts, quietRun, policy as usual } from './docker-ports.ts';
import { type Before, lookBefore, type Place } from './invariants.ts';
import { newFolder } from './store-sets.ts';

/** A place that is made anew as often as somebody wants: a pinned backup and three more, undo points, rows that no backup has. */
export interface World extends AsyncDisposable {
  /** The rules of the operations in it; its backups were made by them, but for how many are kept. */
  readonly policy: Policy;
  readonly place: Place;
  readonly before: Before;
  readonly newestBackup: Date;
  /** The undo point that no backup was made from; the newer one has a backup. */
  readonly onlyCopy: string;
  /** Brings the folder back, and where it was changed, the database with its undo point. */
  reset(what: 'folder' | 'everything'): Promise<void>;
}

const database = 'app';
const server = { database: 'postgres' };
const schema = `
  CREATE TABLE users (id serial PRIMARY KEY, name text UNIQUE);
  CREATE TABLE posts (id serial PRIMARY KEY, author int REFERENCES users, body text);
  CREATE TABLE schema_migrations (version text PRIMARY KEY);
  INSERT INTO schema_migrations VALUES ('1'), ('2');
  SELECT lo_from_bytea(70001, 'an object');`;
const rows = (from: number): string => `
  INSERT INTO users (name) SELECT 'user ' || g FROM generate_series(${from}, ${from + 19}) g;
  INSERT INTO posts (author, body) SELECT id, 'post of ' || name FROM users WHERE id >= ${from}`;

export async function faultyWorld(format: BackupFormat): Promise<World> {
  const policy = { ...usual, format };
  await using stack = new AsyncDisposableStack();
  const container = stack.use(await startPostgres({ database: 'postgres' }));
  const [template, folder] = [await newFolder(), await newFolder()];
  const place = { container, database, folder };
  const copyOf = (from: string, to: string): Promise<string> =>
    container.sql(`CREATE DATABASE ${to} TEMPLATE ${from}`, server);

  await container.createDatabase(database);
  await container.sql(schema, { database });
  await using ports = await dockerPorts(container, database, { folder: template });
  const newest = async (from: number) => {
    await container.sql(rows(from), { database });
    const request = { note: '', reason: 'manual' } as const;
    return (await createBackup(ports, { ...policy, keep: 9 }, request, quietRun())).set;
  };
  const oldest = await newest(1);
  await pinBackup(ports.store, oldest.id, true);
  const second = await newest(21);
  await copyOf(database, 'aside');
  await newest(41);
  const { manifest } = await newest(61);
  await container.sql(rows(81), { database });
  await copyOf(database, 'base');

  const onlyCopy = newOwnName(database, 'undo');
  const anew = [
    `SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE datname ~ '^app(__kubegram_|$)' \\gexec`,
    `CREATE DATABASE ${database} TEMPLATE base;`,
    ...undoPoint(onlyCopy, { sequence: 1, backupId: null }),
    ...undoPoint(newOwnName(database, 'undo'), { sequence: 2, backupId: second.id }),
  ].join('\n');
  const reset: World['reset'] = async (what) => {
    await rm(folder, { recursive: true });
    await cp(template, folder, {
      recursive: true,
      filter: (path) => !path.startsWith(join(template, '.lock')),
    });
    if (what === 'everything') await container.sql(anew, server);
  };
  await reset('everything');
  const before = await lookBefore(place);
  const owned = stack.move();
  const newestBackup = new Date(manifest.timestamp);
  return {
    policy,
    place,
    before,
    newestBackup,
    onlyCopy,
    reset,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Puts a copy aside as a swap does. */
function undoPoint(name: string, facts: Pick<UndoMarker, 'sequence' | 'backupId'>): string[] {
  const at = new Date().toISOString();
  const common = { kind: 'undo', of: database, oid: 0, at, operation: 'clear', comment: null } as const;
  const marker = writeMarker({ ...common, ...facts });
  return [
    `CREATE DATABASE ${name} TEMPLATE aside ALLOW_CONNECTIONS false;`,
    `SELECT format('COMMENT ON DATABASE %I IS %L', datname, replace('${marker}', '"oid":0', '"oid":' || oid))
       FROM pg_database WHERE datname = '${name}' \\gexec`,
  ];
}
