import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../alternate.ts';
import { bytesOf, filesOf } from '../disk.ts';
import type { ContenderId } from '../figures/titles.ts';
import { measure } from '../measure.ts';
import type { Server } from '../server.ts';
import { runTool } from '../tool.ts';

export const formats = {
  plain: { args: [], ends: '.sql' },
  gzip: { args: ['--format', 'gzip'], ends: '.sql.gz' },
  zstd: { args: ['--format', 'zstd'], ends: '.sql.zst' },
  custom: { args: ['--format', 'custom'], ends: '.dump' },
  directory: { args: ['--format', 'directory', '--jobs', '2'], ends: '.tar' },
} as const satisfies Partial<Record<ContenderId, { args: readonly string[]; ends: string }>>;

/** The same file by hand; the same commands that a person types. */
export const lines = {
  plainByHand: 'docker exec "$1" pg_dump -U postgres --clean --if-exists bench > "$2" && sha256sum "$2"',
  gzipByHand: 'set -o pipefail; docker exec "$1" pg_dump -U postgres --clean --if-exists bench | gzip > "$2"',
  customByHand: 'docker exec "$1" pg_dump -U postgres -Fc bench > "$2"',
} as const satisfies Partial<Record<ContenderId, string>>;

export function backupContenders(server: Server, work: string): Contender[] {
  return [
    ours('plain', server, work),
    byHand('plainByHand', server, work),
    ours('gzip', server, work),
    ours('zstd', server, work),
    byHand('gzipByHand', server, work),
    ours('custom', server, work),
    byHand('customByHand', server, work),
    ours('directory', server, work),
    directoryFloor(server),
  ];
}

/** Each format has a folder to itself, with its own rotation, as in a project that keeps to one. */
function ours(id: keyof typeof formats, server: Server, work: string): Contender {
  const folder = join(work, id);
  const { args, ends } = formats[id];
  let earlier: string[] = [];
  return {
    id,
    before: async () => {
      mkdirSync(folder, { recursive: true });
      earlier = filesOf(folder);
    },
    run: () => runTool(server.container, folder, ['backup', ...args]),
    bytes: async () => {
      const made = filesOf(folder).filter((file) => !earlier.includes(file));
      if (!made.some((file) => file.endsWith(ends)))
        throw new Error(`${id} wrote no *${ends}: ${made.join(', ')}`);
      return bytesOf(made);
    },
  };
}

function byHand(id: keyof typeof lines, { container }: Server, work: string): Contender {
  const path = join(work, id);
  return {
    id,
    run: () => measure({ file: 'bash', args: ['-c', lines[id], 'bash', container, path] }),
    bytes: async () => statSync(path).size,
    after: async () => rmSync(path),
  };
}

/** What the server can do at all: nothing leaves the container. */
function directoryFloor({ container, exec, major }: Server): Contender {
  return {
    id: 'directoryFloor',
    run: () => measure({ file: 'docker', args: ['exec', container, ...directoryDump(major, '/tmp/floor')] }),
    bytes: async () => Number.parseInt(await exec('du', '-sb', '/tmp/floor'), 10),
    after: () => exec('rm', '-r', '/tmp/floor'),
  };
}

/** The pg_dump of PostgreSQL 15 has no zstd. */
export function directoryDump(major: number, path: string): string[] {
  const level = major >= 16 ? 'zstd:1' : '1';
  return ['pg_dump', '-U', 'postgres', '-Fd', '-j2', '-Z', level, '-f', path, 'bench'];
}
