import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContainer } from './container.ts';

/** What this tool has on a server beside the live database. */
export interface ServerTraces {
  /** Shadow and scratch databases, sessions, folders, and a live database that lets nobody in or an undo point that does. */
  left: string[];
  /** The names of the databases that were put aside. */
  undoPoints: string[];
}

/** Shell text for a container: the client tools that run in it, and what packs for them. */
export const toolsAtWork = "cat /proc/[0-9]*/comm | grep -xE 'psql|pg_dump|pg_restore|zstd|gzip' || true";

const query = (database: string): string => `SELECT json_build_object(
  'left', (SELECT coalesce(json_agg(x), '[]') FROM (
    SELECT datname AS x FROM pg_database WHERE datname ~ '__kubegram_(shadow|scratch)_'
    UNION ALL SELECT application_name FROM pg_stat_activity WHERE application_name ~ '^kubegram-'
    UNION ALL SELECT name FROM pg_ls_dir('/tmp') name WHERE name ~ '^kubegram-'
    UNION ALL SELECT 'an open ' || datname FROM pg_database WHERE datname ~ '__kubegram_undo_' AND datallowconn
    UNION ALL SELECT 'a fence round ' || datname FROM pg_database
      WHERE datname = '${database.replaceAll("'", "''")}' AND NOT datallowconn) traces),
  'undoPoints', (SELECT coalesce(json_agg(datname ORDER BY datname), '[]') FROM pg_database
    WHERE datname ~ '__kubegram_undo_'))`;

/** Reads it; sessions that were ended take a moment to go, so what is left is looked at for some seconds. */
export async function serverTraces(container: TestContainer, database: string): Promise<ServerTraces> {
  for (let attempt = 0; ; attempt += 1) {
    const text = await container.sql(query(database), { database: 'postgres' });
    const traces = JSON.parse(text) as ServerTraces;
    if (traces.left.length === 0 || attempt === 30) return traces;
    await sleep(100);
  }
}

/** The backup that was made from each undo point, by the name of the point; of a point that has none, nothing. */
export async function backupsOfUndoPoints(container: TestContainer): Promise<Map<string, string>> {
  const text = await container.sql(
    `SELECT coalesce(json_object_agg(datname, shobj_description(oid, 'pg_database')), '{}')
     FROM pg_database WHERE datname ~ '__kubegram_undo_'`,
    { database: 'postgres' },
  );
  const comments = Object.entries(JSON.parse(text) as Record<string, string | null>);
  return new Map(
    comments.flatMap(([name, comment]): [string, string][] => {
      const backup = /"backupId":"([^"]+)"/.exec(comment ?? '')?.[1];
      return backup === undefined ? [] : [[name, backup]];
    }),
  );
}
