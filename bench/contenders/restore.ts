import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'zx';
import type { Contender } from '../alternate.ts';
import type { ContenderId } from '../figures/titles.ts';
import { measure, type Timed } from '../measure.ts';
import type { Server } from '../server.ts';
import { runTool } from '../tool.ts';
import { directoryDump, formats, lines } from './backup.ts';

const restoreLine = 'docker exec -i "$1" psql -1 -X -v ON_ERROR_STOP=1 -U postgres -d byhand < "$2"';

export function restoreContenders(server: Server, work: string): Contender[] {
  const { container, exec, major } = server;
  const file = join(work, 'restore.sql');
  const floor = '/tmp/restore-floor';
  const docker = (...args: string[]) => measure({ file: 'docker', args: ['exec', container, ...args] });
  return [
    ours('restore', 'plain', [], server, work),
    byHand('restoreByHand', server, {
      prepare: () => $`bash -c ${lines.plainByHand} bash ${container} ${file}`,
      run: () => measure({ file: 'bash', args: ['-c', restoreLine, 'bash', container, file] }),
    }),
    ours('restoreDirectory', 'directory', ['--jobs', '2'], server, work),
    byHand('restoreFloor', server, {
      prepare: () => exec(...directoryDump(major, floor)),
      run: () => docker('pg_restore', '-U', 'postgres', '-j2', '-d', 'byhand', floor),
    }),
    {
      id: 'templateCopy',
      run: () => docker('psql', '-X', '-U', 'postgres', '-c', 'CREATE DATABASE byhand TEMPLATE bench'),
      bytes: async () => Number(await server.sql("SELECT pg_database_size('byhand')")),
      after: () => server.sql('DROP DATABASE byhand'),
    },
  ];
}

/** Without a backup before it, a restore of ours leaves what it replaced as an undo point, each time. */
function ours(
  id: ContenderId,
  format: keyof typeof formats,
  flags: readonly string[],
  server: Server,
  work: string,
): Contender {
  const folder = join(work, `${format}-to-restore`);
  const restore = ['restore', 'latest', '--confirm=bench', '--no-safety-backup', ...flags];
  return {
    id,
    prepare: () => backupInto(server, folder, format),
    run: () => runTool(server.container, folder, restore),
    bytes: async () => Number(await server.sql(liveAndUndoSize)),
    after: () => dropUndoPoints(server),
  };
}

export async function backupInto(
  { container }: Server,
  folder: string,
  format: keyof typeof formats,
): Promise<Timed> {
  mkdirSync(folder, { recursive: true });
  return runTool(container, folder, ['backup', ...formats[format].args]);
}

export async function dropUndoPoints({ sql }: Server): Promise<void> {
  const names = await sql(`SELECT format('DROP DATABASE %I;', datname) FROM pg_database WHERE ${undoPoints}`);
  if (names !== '') await sql(names);
}

const undoPoints = String.raw`datname LIKE 'bench\_\_kubegram\_undo\_%'`;
const liveAndUndoSize = `SELECT sum(pg_database_size(oid)) FROM pg_database WHERE datname = 'bench' OR ${undoPoints}`;

/** Restores into an empty database that is made before and dropped after. */
function byHand(id: ContenderId, { sql }: Server, own: Pick<Contender, 'prepare' | 'run'>): Contender {
  return {
    id,
    ...own,
    before: () => sql('CREATE DATABASE byhand TEMPLATE template0'),
    bytes: async () => Number(await sql("SELECT pg_database_size('byhand')")),
    after: () => sql('DROP DATABASE byhand'),
  };
}
