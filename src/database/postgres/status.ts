import { quoteLiteral } from '../../core/identifiers.ts';
import type { TableFacts, TargetStatus } from '../../core/ports/database-facts.ts';
import type { Client } from './client.ts';
import { holdsLock } from './control.ts';
import { tablesQuery } from './facts-query.ts';
import {
  leftoversAmong,
  type NamedRow,
  namedLikeOurs,
  ownDatabasesOf,
  undoPointsAmong,
} from './own-databases.ts';
import { readJson } from './read.ts';
import { controlTag } from './tool-settings.ts';

interface StatusRow {
  serverVersion: string;
  sizeBytes: number;
  sessions: number;
  tables: TableFacts[];
  own: NamedRow[];
  exists: boolean;
  locked: boolean;
}

/** One psql, one query: status is asked for many times a day and must cost next to nothing. */
function statusQuery(database: string, tables: string): string {
  return `SELECT jsonb_build_object(
    'serverVersion', split_part(current_setting('server_version'), ' ', 1),
    'sizeBytes', coalesce((SELECT pg_database_size(oid) FROM pg_database WHERE datname = ${quoteLiteral(database)}), 0),
    'sessions', (SELECT count(*) FROM pg_stat_activity WHERE datname = ${quoteLiteral(database)}
      AND backend_type = 'client backend' AND application_name NOT LIKE 'kubegram-%'),
    'tables', (${tables}),
    'own', (${namedLikeOurs}),
    'exists', EXISTS (SELECT 1 FROM pg_database WHERE datname = ${quoteLiteral(database)}),
    'locked', EXISTS (SELECT 1 FROM pg_stat_activity a
      WHERE a.application_name LIKE '${controlTag} %' AND ${holdsLock(database)}))`;
}

type Look = Omit<TargetStatus, 'state' | 'image'>;

export async function postgresStatus(client: Client, database: string): Promise<Look> {
  const row = await readJson<StatusRow>(client, database, statusQuery(database, tablesQuery));
  return look(row, database);
}

/** The same from beside: where the database itself does not exist or does not let anybody in. */
export async function statusFromBeside(client: Client, database: string): Promise<Look> {
  const row = await readJson<StatusRow>(client, 'postgres', statusQuery(database, `'[]'::jsonb`));
  return look(row, database);
}

function look(row: StatusRow, database: string): Look {
  const own = ownDatabasesOf(row.own, database);
  const { serverVersion, exists, sizeBytes, sessions, tables } = row;
  return {
    serverVersion,
    exists,
    sizeBytes,
    sessions,
    tables,
    undoPoint: undoPointsAmong(own)[0] ?? null,
    leftovers: row.locked ? [] : leftoversAmong(own).map(({ name }) => name),
  };
}
