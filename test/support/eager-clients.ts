import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContainer } from './container.ts';

/** Clients in the server's container that ask all the time, and connect again at once when they are cut off. */
export interface EagerClients extends AsyncDisposable {
  /** What each has read last; empty where it has read nothing yet. */
  latest(): Promise<string[]>;
  /** Everything that each has read, in order, without repetitions, and how many answers that were. */
  history(): Promise<{ answers: number; read: string[] }[]>;
}

/**
 * Every answer is the name of the database and what `query` gives. A client is a psql that gets the query for
 * ever on its standard input; where it ends, because it was put out or not let in, the next begins at once.
 */
export async function startEagerClients(
  container: TestContainer,
  count: number,
  query: string,
): Promise<EagerClients> {
  const folder = '/tmp/eager';
  const statement = `SELECT current_database() || ' ' || (${query}), pg_sleep(0.1);`;
  const clients = `rm -rf ${folder}; mkdir ${folder}; cd ${folder}; for n in $(seq ${count}); do
    (until [ -e stop ]; do yes "$1" | PGAPPNAME=eager psql -XAtq -F '' -U "$2" -d "$3" >> $n 2>> $n.refused; done) & done; wait`;
  const running = container.exec([
    'bash',
    '-c',
    clients,
    'eager',
    statement,
    container.user,
    container.database,
  ]);
  const read = async (each: string): Promise<string[]> => {
    const script = `cd ${folder}; for n in $(seq ${count}); do ${each}; done`;
    const { stdout, stderr } = await container.exec(['bash', '-c', script]);
    if (stderr !== '') throw new Error(stderr);
    return stdout.split('\n').slice(0, count);
  };
  const eager: EagerClients = {
    latest: () => read('tail -n 1 $n'),
    history: async () => {
      const lines = await read(`echo "$(wc -l < $n);$(uniq $n | paste -s -d ';')"`);
      return lines.map((line) => {
        const [answers, ...all] = line.split(';');
        return { answers: Number(answers), read: all };
      });
    },
    [Symbol.asyncDispose]: async () => {
      await container.exec(['touch', `${folder}/stop`]);
      await container.exec(['pkill', '-x', 'psql']);
      await running;
    },
  };
  try {
    while ((await eager.latest().catch(() => [''])).includes('')) await sleep(50);
  } catch (error) {
    await eager[Symbol.asyncDispose]();
    throw error;
  }
  return eager;
}
