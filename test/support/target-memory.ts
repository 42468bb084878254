import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { CountedTable, ServerFacts } from '../../src/core/ports/database-facts.ts';
import type { DumpWish, LoadOptions, Shadow } from '../../src/core/ports/shadow.ts';
import type {
  Connection,
  ConnectRequest,
  FreeRoom,
  ShadowRequest,
  Target,
} from '../../src/core/ports/target.ts';

/** What a server in memory has and does; only what a test is about is given. */
export interface MemoryServer {
  /** The tables that are there after a load. */
  rows?: readonly (Pick<CountedTable, 'name' | 'rows'> & Partial<CountedTable>)[];
  /** What a dump of the loaded database gives; without it, what was loaded. */
  dump?: readonly Buffer[];
  server?: Partial<ServerFacts>;
  archives?: boolean;
  /** Free bytes; not known where they are not given. */
  free?: Partial<FreeRoom>;
  /** Happens after a load. */
  loaded?: () => void;
}

/** A target in memory, for loads into a shadow: it notes what it is asked and keeps what is loaded. */
export function memoryTarget(about: MemoryServer = {}) {
  const { rows = [], dump, server = {}, archives = true, free = {}, loaded = () => {} } = about;
  const seen = {
    connects: [] as ConnectRequest[],
    shadows: [] as ShadowRequest[],
    wishes: [] as DumpWish[],
    loads: [] as { bytes: Buffer; options: LoadOptions }[],
    dropped: 0,
    left: 0,
  };
  const shadow: Partial<Shadow> = {
    name: 'scratch',
    load: async (plain, options) => {
      seen.loads.push({ bytes: await buffer(plain), options });
      loaded();
    },
    loadArchive: async ({ bytes, sent }, options) => {
      const all = await buffer(bytes);
      sent();
      seen.loads.push({ bytes: all, options });
      loaded();
    },
    rows: async () => rows.map(tableOf),
    [Symbol.asyncDispose]: async () => void seen.dropped++,
  };
  const connection: Partial<Connection> = {
    server: {
      version: '17.5',
      systemIdentifier: '7392',
      roles: [],
      tablespaces: [],
      extensions: [],
      ...server,
    },
    repairs: [],
    freeRoom: async () => ({ data: null, archives: null, shared: false, ...free }),
    createShadow: async (request) => {
      seen.shadows.push(request);
      return shadow as Shadow;
    },
    dumpShadow: (_shadow, _signal, wish) => {
      seen.wishes.push(wish);
      return {
        stream: Readable.from(dump ?? [seen.loads.at(-1)?.bytes ?? Buffer.alloc(0)]),
        finished: Promise.resolve(),
      };
    },
    [Symbol.asyncDispose]: async () => void seen.left++,
  };
  const target: Target = {
    kind: 'docker',
    archives,
    database: 'kubegram',
    container: 'kubegram-server-postgres-1',
    isLocal: async () => true,
    status: () => Promise.reject(new Error('Nothing asks for that.')),
    connect: async (request) => {
      seen.connects.push(request);
      return connection as Connection;
    },
    abandon: () => {},
  };
  return { target, shadow: shadow as Shadow, seen };
}

function tableOf(table: Pick<CountedTable, 'name' | 'rows'> & Partial<CountedTable>): CountedTable {
  return { schema: 'public', columns: [], estimatedRows: null, sizeBytes: 0, extension: null, ...table };
}
