import { OperationError } from '../../core/errors.ts';
import type { Shadow } from '../../core/ports/shadow.ts';
import type { ShadowRequest } from '../../core/ports/target.ts';
import { newOwnName } from '../postgres/names.ts';
import type { Entry } from './catalog.ts';
import type { Cluster } from './cluster.ts';
import { countTables } from './count-tables.ts';
import type { EmbeddedFolder } from './embedded-folder.ts';
import { loadDump } from './load.ts';
import { copyRoles } from './roles.ts';
import { copySchema, schemaDifference } from './schema-copy.ts';

export interface EmbeddedShadow extends Shadow {
  readonly entry: Entry;
  open(): Promise<Cluster>;
  /** From now on it has another name and place: disposing leaves it alone. */
  release(): void;
}

/** Makes an empty database beside the live one; the catalog knows it as unfinished. */
export async function createShadow(
  folder: EmbeddedFolder,
  database: string,
  live: Entry | undefined,
  { purpose }: Pick<ShadowRequest, 'purpose'>,
): Promise<EmbeddedShadow> {
  const entry = await folder.create(newOwnName(database, purpose), purpose);
  const open = (): Promise<Cluster> => folder.open(entry);
  const openLive = (): Promise<Cluster> => {
    if (live !== undefined) return folder.open(live);
    throw new OperationError('unreachable', `The database ${database} is gone.`, {
      hint: 'Somebody dropped or renamed it meanwhile. See what is there: npm run db:status',
    });
  };
  if (live !== undefined) await copyRoles(await openLive(), await open());

  let released = false;
  return {
    entry,
    name: entry.name,
    open,
    load: async (plain, options) => {
      const cluster = await open();
      if (!options.schemas.includes('public')) await cluster.run('DROP SCHEMA public');
      await loadDump(cluster, plain, options);
    },
    loadArchive: async () => {
      throw new OperationError('failed', 'An embedded database cannot load archives.', {
        hint: 'Please report it: no command should come here.',
      });
    },
    copySchemaOfLive: async (keep, signal) => copySchema(await openLive(), await open(), keep, signal),
    differenceFromLive: async () => schemaDifference(await openLive(), await open()),
    rows: async () => countTables(await open()),
    analyze: async () => (await open()).execute('ANALYZE'),
    applySettings: async () => {}, // the swap has nothing to hurry for: nobody else is there
    release: () => {
      released = true;
    },
    [Symbol.asyncDispose]: async () => {
      if (released) return;
      released = true;
      await folder.remove(entry);
    },
  };
}
