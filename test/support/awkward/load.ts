import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContainer } from '../container.ts';
import { dockerOrThrow } from '../docker.ts';

const HERE = import.meta.dirname;

/**
 * What a plain dump cannot carry, whoever restores it: the version of an extension (it comes back at the
 * default one), and rows in a table of an extension that the extension does not mark as configuration.
 */
export const KNOWN_LOSSES = {
  extension: { name: 'kubegram_probe', version: '1.0', defaultVersion: '1.1' },
  unmarkedTable: 'public.probe_unmarked',
  unmarkedRows: `INSERT INTO public.probe_unmarked VALUES ('user', 'lost by a dump');`,
} as const;

/** Roles, schema, data and settings of the worst database we could think of; the files say what is in it. */
export async function loadAwkward(container: TestContainer, database: string): Promise<void> {
  await installProbeExtension(container);
  const files = (await readdir(HERE)).filter((file) => file.endsWith('.sql')).sort();
  const parts = await Promise.all(files.map((file) => readFile(join(HERE, file), 'utf8')));
  // In one session, and one psql: a connection made half-way would already obey the database's settings.
  await container.sql(parts.join('\n'), { database });
}

/** The server itself knows where its extensions are; the image need not hold pg_config. */
async function installProbeExtension(container: TestContainer): Promise<void> {
  const shared = await container.sql(`SELECT setting FROM pg_config WHERE name = 'SHAREDIR';`);
  await dockerOrThrow([
    'cp',
    '--quiet',
    `${join(HERE, 'extension')}/.`,
    `${container.name}:${shared}/extension/`,
  ]);
}
