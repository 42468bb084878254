import { cpus, totalmem } from 'node:os';
import { $ } from 'zx';
import type { Facts } from './figures/result.ts';
import { project } from './measure.ts';
import type { Server } from './server.ts';

/** What the figures hold for. What this machine cannot tell is told as unknown. */
export async function factsOf(server: Server): Promise<Facts> {
  const told = async (file: string, ...args: string[]): Promise<string> =>
    (await $({ nothrow: true, cwd: project })`${file} ${args}`).stdout.trim() || 'unknown';
  const [docker, driver, files, commit, dirty, postgres, size] = await Promise.all([
    told('docker', 'version', '--format', '{{.Server.Version}}'),
    told('docker', 'info', '--format', '{{.Driver}}'),
    told('findmnt', '-no', 'FSTYPE', '-T', project),
    told('git', 'rev-parse', '--short', 'HEAD'),
    $({
      nothrow: true,
      cwd: project,
    })`git status --porcelain -- src scripts bench package-lock.json :!bench/results`,
    server.sql('SHOW server_version'),
    server.sql("SELECT pg_database_size('bench')"),
  ]);
  const memory = Math.round(totalmem() / 2 ** 30);
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: dirty.stdout.trim() === '' ? commit : `${commit} with changes`,
    machine: `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${memory} GiB of memory, backups on ${files}`,
    software: `Node ${process.version}, Docker ${docker} (${driver})`,
    postgres: `PostgreSQL ${postgres}`,
    databaseBytes: Number(size),
  };
}
