import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { copyProject, type Env, type ProjectCopy } from './cli.ts';
import { startPostgres, type TestContainer } from './container.ts';
import { openMenu } from './menu.ts';
import type { Expected, Terminal } from './terminal.ts';

/** A database with a folder of backups of its own: what a menu is opened on. */
export interface MenuTarget {
  readonly database: string;
  readonly folder: string;
  readonly env: Env;
  sql(text: string): Promise<string>;
  /** The menu at this target, as soon as it has looked at the database (or shows another text) and reads keys. */
  open(options?: { env?: Env; columns?: number; rows?: number; shows?: Expected }): Promise<Terminal>;
  /** The names in its folder, without the lock's own. */
  files(): Promise<string[]>;
}

/** One server and one copy of the project, for any number of targets. */
export interface MenuTargets extends AsyncDisposable {
  readonly server: TestContainer;
  readonly project: ProjectCopy;
  /** A copy of the sample, which is made beside the others in no time. */
  target(database: string, sql?: string): Promise<MenuTarget>;
}

const sample = `
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
INSERT INTO users SELECT n, 'user' || n || '@example.com' FROM generate_series(1, 40) n;
CREATE TABLE companies (id int PRIMARY KEY);
INSERT INTO companies SELECT generate_series(1, 3);
ANALYZE;`;

export async function menuTargets(options: Parameters<typeof startPostgres>[0] = {}): Promise<MenuTargets> {
  const [server, project] = await Promise.all([startPostgres(options), copyProject()]);
  project.env['DB_CONTAINER'] = server.name;
  await server.createDatabase('sample');
  await server.sql(sample, { database: 'sample' });
  return {
    server,
    project,
    async target(database, sql = '') {
      await server.sql(`CREATE DATABASE "${database}" TEMPLATE sample`, { database: 'postgres' });
      if (sql !== '') await server.sql(sql, { database });
      return describeTarget(server, project, database);
    },
    async [Symbol.asyncDispose]() {
      await project[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function describeTarget(server: TestContainer, project: ProjectCopy, database: string): MenuTarget {
  const folder = join(project.folder, `backups of ${database}`);
  const env = { DB_NAME: database, BACKUP_DIR: folder };
  return {
    database,
    folder,
    env,
    sql: (text) => server.sql(text, { database }),
    async open({ env: own, shows = '● running', ...size } = {}) {
      const menu = await openMenu({ project, env: { ...env, ...own }, ...size });
      try {
        await menu.waitFor(shows);
        await menu.readsKeys();
      } catch (error) {
        await menu[Symbol.asyncDispose]();
        throw error;
      }
      return menu;
    },
    files: async () => {
      const names = await readdir(folder).catch(() => []);
      return names.filter((name) => !name.startsWith('.lock')).sort();
    },
  };
}
