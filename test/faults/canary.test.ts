import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyProject, type Ended, type Env, type ProjectCopy } from '../support/cli.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { CANARY_SECRET, commandLinesWith, notedDocker } from '../support/hostile-canary.ts';
import { disturbing } from '../support/hostile-names.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { tellFigure } from '../support/soak.ts';

const confirm = '--confirm=kubegram';

describeWithDocker('a secret in every input', () => {
  let server: TestContainer;
  let project: ProjectCopy;
  let docker: Awaited<ReturnType<typeof notedDocker>>;
  let url: string;
  let commands = 0;

  beforeAll(async () => {
    // Through a file of the client's, so that the set-up itself puts it on no command line.
    server = await startPostgres({ env: { POSTGRES_PASSWORD: CANARY_SECRET, PGPASSWORD: CANARY_SECRET } });
    await server.sql(`CREATE TABLE users AS SELECT generate_series(1, 40) AS id;
      CREATE TABLE "\u001b[31mred\u202e" (id int); INSERT INTO "\u001b[31mred\u202e" VALUES (1);`);
    project = await copyProject();
    docker = await notedDocker(join(project.folder, 'noted'));
    url = `postgresql://postgres:${CANARY_SECRET}@db.example.com:5432/kubegram`;
    const secrets = [
      'BACKUP_ENCRYPTION_KEY',
      'BACKUP_SLACK_WEBHOOK',
      'BACKUP_REMOTE_BUCKET',
      'POSTGRES_PASSWORD',
    ];
    await writeFile(
      join(project.folder, '.env'),
      [...secrets.map((name) => `${name}=${CANARY_SECRET}`), `DB_CONTAINER=${server.name}`, ''].join('\n'),
      { mode: 0o600 },
    );
  });
  afterAll(async () => {
    await project?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  /** Runs a command of the tool with the secret all around it; meanwhile the machine's command lines are looked at. */
  async function tool(words: string[], env: Env = {}): Promise<Ended> {
    const secrets = {
      PGPASSWORD: CANARY_SECRET,
      PGPASSFILE: `/nowhere/${CANARY_SECRET}`,
      POSTGRES_PASSWORD: CANARY_SECRET,
      BACKUP_ENCRYPTION_KEY: CANARY_SECRET,
      BACKUP_SLACK_WEBHOOK: `https://hooks.example.com/${CANARY_SECRET}`,
      KUBEGRAM_DEBUG: '1',
      REAL_PATH: process.env['PATH'],
      PATH: `${docker.path}:${process.env['PATH']}`,
    };
    const running = project.start([process.execPath, 'scripts/start.js', ...words], { ...secrets, ...env });
    let over = false;
    const ended = running.ended.finally(() => {
      over = true;
    });
    while (!over) {
      expect(await commandLinesWith(CANARY_SECRET), words.join(' ')).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const result = await ended;
    commands += 1;
    for (const stream of [result.stdout, result.stderr]) {
      expect(stream, words.join(' ')).not.toContain(CANARY_SECRET);
      expect(stream, words.join(' ')).not.toMatch(disturbing);
    }
    return result;
  }

  async function expectNoneInFiles(): Promise<void> {
    for (const name of await readdir(project.backups)) {
      const path = join(project.backups, name);
      expect(await readFile(path, 'latin1'), name).not.toContain(CANARY_SECRET);
      if (!/\.(md|gitignore)$|^\.gitignore$/.test(name))
        expect((await stat(path)).mode & 0o777, name).toBe(0o600);
    }
    expect(await docker.notes()).not.toContain(CANARY_SECRET);
  }

  test('is in no argument of a process, no file, no text and no JSON of any command that succeeds', async () => {
    const works: string[][] = [
      ['backup', '--note', 'before'],
      ['backup', '--json'],
      ['list'],
      ['status', '--json'],
      ['doctor'],
      ['verify', 'latest', '--deep'],
      ['restore', 'latest', confirm],
      ['clear', confirm, '--json'],
      ['undo', confirm],
      ['cleanup', '--dry-run'],
    ];
    for (const words of works) expect((await tool(words)).exitCode, words.join(' ')).toBe(0);
    await expectNoneInFiles();
    expect((await docker.notes()).split('\n').length).toBeGreaterThan(works.length);
    tellFigure('commands run with a canary password in every input', `${commands}, it came out nowhere`);
  }, 240_000);

  test('is in no error text, whatever goes wrong', async () => {
    const wrongs: [string[], Env, number][] = [
      [['backup'], { DATABASE_URL: url }, 2],
      [['status', '--json'], { DATABASE_URL: url, DB_CONTAINER: `no-${server.name}` }, 3],
      [['backup'], { DATABASE_URL: `mysql://u:${CANARY_SECRET}@h/x` }, 2],
      [['backup'], { DATABASE_URL: `postgresql://u:${CANARY_SECRET}/x@h/y` }, 2],
      [['backup'], { DATABASE_URL: `postgresql://u:p${CANARY_SECRET}?#@h:99999/y` }, 2],
      [['backup', '--json'], { DB_USER: 'nobody' }, 3],
      [['backup'], { DB_NAME: 'missing' }, 3],
      [['backup'], { DOCKER_HOST: 'unix:///nonexistent' }, 3],
      [['backup'], { BACKUP_ENCRYPTION: 'true' }, 2],
      [['restore', 'nothing', confirm], {}, 4],
    ];
    for (const [words, env, exitCode] of wrongs)
      expect
        .soft({ words, env, code: (await tool(words, env)).exitCode })
        .toEqual({ words, env, code: exitCode });
    await expectNoneInFiles();
  }, 240_000);

  test('would be seen if it were there', async () => {
    const running = project.start(['sh', '-c', 'sleep 20; :', CANARY_SECRET]);
    await expect.poll(() => commandLinesWith(CANARY_SECRET)).not.toEqual([]);
    running.killGroup('SIGKILL');
    await running.ended;
    expect(await server.exec(['printenv', 'POSTGRES_PASSWORD'])).toMatchObject({
      stdout: `${CANARY_SECRET}\n`,
    });
  });
});
