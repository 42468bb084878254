import { execFileSync } from 'node:child_process';

/** Runs SQL in a container, and nothing else meanwhile: for the moment when an operation says its phase. */
export function sqlNow(container: string, input: string, database = 'postgres'): void {
  const psql = ['psql', '-Xq', '-U', 'postgres', '-d', database, '-v', 'ON_ERROR_STOP=1'];
  execFileSync('docker', ['exec', '-i', container, ...psql], { input });
}
