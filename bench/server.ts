import { $ } from 'zx';
import { containerCpuSeconds } from './container-cpu.ts';
import { benchSql } from './data.ts';

$.verbose = false;

/** The Postgres that is measured, in a container of its own with the settings that the image comes with. */
export interface Server extends AsyncDisposable {
  major: number;
  container: string;
  /** Gives what psql prints, without names of columns. */
  sql(text: string, database?: string): Promise<string>;
  /** Runs a program in the container. */
  exec(...argv: string[]): Promise<string>;
  /** Nothing of an earlier run is left to be written by the next: neither in the server nor on this side. */
  settle(): Promise<void>;
  /** CPU time of all processes of the container so far; null where its cgroup does not say. */
  cpuSeconds(): Promise<number | null>;
}

/** Starts a server with a database `bench` of about that size. */
export async function startServer(major: number, megabytes: number): Promise<Server> {
  const container = `kubegram-bench-${process.pid}-${megabytes}`;
  const image = `postgres:${major}`;
  const exec = async (...argv: string[]) => (await $`docker exec ${container} ${argv}`).stdout.trim();
  const sql = async (input: string, database = 'postgres') =>
    (
      await $({
        input,
      })`docker exec -i ${container} psql -X -q -A -t -U postgres -d ${database} -v ON_ERROR_STOP=1`
    ).stdout.trim();
  await $`docker run -d --name ${container} --shm-size=256m -e POSTGRES_HOST_AUTH_METHOD=trust -e POSTGRES_DB=bench ${image}`;
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => {
    await $`docker rm -f -v ${container}`;
  });
  await exec('bash', '-c', 'until pg_isready -q -h 127.0.0.1 -d bench; do sleep 0.2; done');
  await sql(benchSql(megabytes), 'bench');
  await sql('VACUUM ANALYZE', 'bench');
  const owned = stack.move();
  return {
    major,
    container,
    sql,
    exec,
    settle: async () => {
      await sql('CHECKPOINT');
      await $`sync`;
    },
    cpuSeconds: async () => containerCpuSeconds(await exec('sh', '-c', `cat ${cpuFiles} 2>/dev/null; :`)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Of cgroup 2, or of cgroup 1: a container sees its own. */
const cpuFiles = '/sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpuacct/cpuacct.usage';
