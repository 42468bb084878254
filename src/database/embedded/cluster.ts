import type { PGlite } from '@electric-sql/pglite';
import { OperationError, reasonOf } from '../../core/errors.ts';
import type { Session } from '../postgres/session.ts';

/**
 * One data folder, opened: a whole Postgres with one database (named `postgres` in there, whatever the
 * catalog calls it) and one session, in this process.
 */
export interface Cluster extends Session {
  readonly pg: PGlite;
  /** Runs any number of statements; a COPY takes its rows from `rows`. Errors are the server's own. */
  execute(sql: string, rows?: Buffer): Promise<void>;
}

/** The name of the one database inside each data folder. */
export const innerDatabase = 'postgres';

/** Opens a data folder; makes it where it is not there yet, which takes seconds. */
export async function openCluster(dataFolder: string): Promise<Cluster> {
  // Loaded only here: most commands never open a database, and this is the largest thing that any of them loads.
  const { PGlite } = await import('@electric-sql/pglite');
  let pg: PGlite;
  try {
    pg = await PGlite.create({ dataDir: dataFolder });
  } catch (error) {
    throw new OperationError(
      'unreachable',
      `The embedded database in ${dataFolder} cannot be opened: ${reasonOf(error)}.`,
      {
        hint: 'See that the disk has room and that the folder is yours. Nothing was changed.',
        cause: error,
      },
    );
  }
  const rowsOf = async (query: string): Promise<unknown[][]> => {
    try {
      return (await pg.query<unknown[]>(query, [], { rowMode: 'array' })).rows;
    } catch (error) {
      throw new OperationError('failed', `The embedded database refused a statement: ${reasonOf(error)}.`, {
        hint: 'The live database is as it was.',
        cause: error,
      });
    }
  };
  return {
    pg,
    execute: async (sql, rows) => {
      await pg.exec(sql, rows === undefined ? {} : { blob: new Blob([new Uint8Array(rows)]) });
    },
    run: async (statement) => (await rowsOf(statement)).map(([value]) => String(value)),
    json: async <T>(query: string) => (await rowsOf(query))[0]?.[0] as T,
    [Symbol.asyncDispose]: async () => {
      if (!pg.closed) await pg.close();
    },
  };
}
