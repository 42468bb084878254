import { setFlagsFromString } from 'node:v8';
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

/**
 * PGlite's default is 128 MB, which are written through at each opening. With 16 MB that takes a quarter less time (0.27 s for
 * 0.36) and 120 MB less memory; three indexes on 300,000 rows take a twelfth more (PGlite 0.5.8).
 */
const sharedBuffers = '16MB';

/** Opens a data folder; makes it where it is not there yet, which takes seconds. */
export async function openCluster(dataFolder: string): Promise<Cluster> {
  const PGlite = await loadPGlite();
  let pg: PGlite;
  try {
    pg = await PGlite.create({
      dataDir: dataFolder,
      startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${sharedBuffers}`],
    });
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

/**
 * Loaded only here: most commands never open a database, and this is the largest thing that any of them loads.
 *
 * V8 would translate what is often called in it a second time, and better, beside it: for a command that is over in a second
 * that takes longer than it saves. Two openings and two dumps take 2.1 s instead of 3.1, and half of the processor time; 300,000
 * rows with an index take 6.7 s instead of 3.8 (Node 24, two cores). Whoever has many rows has a server.
 */
async function loadPGlite(): Promise<typeof PGlite> {
  for (const flag of ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
  return (await import('@electric-sql/pglite')).PGlite;
}
