import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContainer } from './container.ts';
import { EMPTIED } from './kill-database.ts';

/** What the database held, by the marker that it had then: no two moments have the same one. */
export type Contents = Map<string, string>;

/** Of what a set was made, as its own rows say it. */
export async function markerIn(folder: string, id: string): Promise<string> {
  const dump = await readFile(join(folder, `${id}.sql`), 'utf8');
  const rows = /^COPY public\.origin \(value\) FROM stdin;\n((?:.*\n)*?)^\\\.$/m.exec(dump)?.[1];
  if (rows === undefined) throw new Error(`${id} has no table of the origin`);
  return rows.trim().replaceAll('\n', ',') || EMPTIED;
}

/** What an undo would bring back, looked up in the newest undo point itself; undefined where there is none. */
export async function markerPutAside(server: TestContainer): Promise<string | undefined> {
  const marker = await server.sql(
    `SELECT datname AS put FROM pg_database WHERE datname ~ '__kubegram_undo_'
     ORDER BY (substr(shobj_description(oid, 'pg_database'), 27)::jsonb ->> 'sequence')::int DESC LIMIT 1 \\gset
     \\if :{?put}
     ALTER DATABASE :"put" ALLOW_CONNECTIONS true;
     \\c :"put"
     SELECT coalesce((SELECT string_agg(value, ',') FROM origin), '${EMPTIED}');
     \\c postgres
     ALTER DATABASE :"put" ALLOW_CONNECTIONS false;
     \\endif`,
    { database: 'postgres' },
  );
  return marker === '' ? undefined : marker;
}
