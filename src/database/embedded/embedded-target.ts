import type { TargetStatus } from '../../core/ports/database-facts.ts';
import type { Target } from '../../core/ports/target.ts';
import { tablesQuery } from '../postgres/facts-query.ts';
import { undoPointsOf } from './catalog.ts';
import { connectEmbedded, liveEntry } from './connection.ts';
import { holdFolder, leftoversIn } from './embedded-folder.ts';

/**
 * A Postgres that needs no server: it runs inside this process (PGlite) on a folder of data folders. For trying
 * the tool where no Docker is; only one process at a time can use it.
 */
export function embeddedTarget(folder: string, database: string): Target {
  return {
    kind: 'embedded',
    archives: false,
    database,
    container: null,
    isLocal: async () => true,
    status: (signal) => status(folder, database, signal),
    connect: (request) => connectEmbedded(folder, database, request),
    abandon: () => {}, // what runs in this process ends with it
  };
}

const statusQuery = `SELECT jsonb_build_object(
  'serverVersion', split_part(current_setting('server_version'), ' ', 1),
  'sizeBytes', pg_database_size(current_database()),
  'tables', (${tablesQuery}))`;

async function status(path: string, database: string, signal: AbortSignal): Promise<TargetStatus> {
  await using folder = await holdFolder(path, signal);
  const common = {
    state: 'embedded',
    image: null,
    sessions: 0,
    undoPoint: undoPointsOf(folder.catalog, database)[0] ?? null,
    leftovers: await leftoversIn(folder),
  };
  const live = liveEntry(folder, database);
  if (live === undefined) return { ...common, serverVersion: '', exists: false, sizeBytes: 0, tables: [] };
  const cluster = await folder.open(live);
  return {
    ...common,
    exists: true,
    ...(await cluster.json<Pick<TargetStatus, 'serverVersion' | 'sizeBytes' | 'tables'>>(statusQuery)),
  };
}
