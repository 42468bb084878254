import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownerLabels } from './container-labels.ts';
import { dockerOrThrow } from './docker.ts';
import { type Heard, listeningServer } from './hostile-server.ts';

/** What a real psql made of a text. */
export interface PsqlReading extends Heard {
  /** What it complained of; a command of its own that does not exist is among it. */
  complaints: string;
}

// As the product starts it (src/database/postgres/client.ts).
const loop = `for file in /hostile/in/*; do name=\${file##*/}
  PGHOST=/hostile PGUSER=x PGDATABASE=$name PGCLIENTENCODING=UTF8 psql --no-psqlrc --no-align --tuples-only --quiet \
    --set ON_ERROR_STOP=1 --file - < "$file" > /dev/null 2> "/hostile/out/$name"; done; true`;

/**
 * Gives each text to a psql of its own, of a real image, with a server behind it that runs nothing.
 */
export async function readByPsql(major: 15 | 17, texts: readonly Buffer[]): Promise<PsqlReading[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kubegram-hostile-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await Promise.all(['in', 'out'].map((name) => mkdir(join(folder, name))));
  await Promise.all(texts.map((text, index) => writeFile(join(folder, 'in', String(index)), text)));
  const server = stack.use(await listeningServer(join(folder, '.s.PGSQL.5432')));
  const labels = ownerLabels().map((label) => `--label=${label}`);
  const mount = `--volume=${folder}:/hostile`;
  await dockerOrThrow([
    'run',
    '--rm',
    ...labels,
    '--network=none',
    mount,
    `postgres:${major}`,
    'bash',
    '-c',
    loop,
  ]);
  return Promise.all(
    texts.map(async (_text, index) => {
      const session = server.heard.get(String(index));
      if (session === undefined) throw new Error(`psql never came for text ${index}`);
      return { ...session, complaints: await readFile(join(folder, 'out', String(index)), 'utf8') };
    }),
  );
}
