import { lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyProject, type Ended, type Env, type ProjectCopy } from '../support/cli.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { CANARY_SECRET, commandLinesWith, notedDocker } from '../support/hostile-canary.ts';
import { disturbing } from '../support/hostile-names.ts';
import { openMenu } from '../support/menu.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf, tellFigure } from '../support/soak.ts';
import type { Terminal } from '../support/terminal.ts';

const confirm = '--confirm=kubegram';
describeWithDocker('a secret in every input', () => {
  let server: TestContainer;
  let project: ProjectCopy;
  let docker: Awaited<ReturnType<typeof notedDocker>>;
  let url: string;
  /** Where the tool's processes put what is temporary: nothing else writes there. */
  let temporary: string;
  let commands = 0;
  let frames = 0;

  beforeAll(async () => {
    // Through a file of the client's, so that the set-up itself puts it on no command line.
    server = await startPostgres({ env: { POSTGRES_PASSWORD: CANARY_SECRET, PGPASSWORD: CANARY_SECRET } });
    await server.sql(`CREATE TABLE users AS SELECT generate_series(1, 40) AS id;
      CREATE TABLE "\u001b[31mred\u202e" (id int); INSERT INTO "\u001b[31mred\u202e" VALUES (1);`);
    project = await copyProject();
    temporary = await mkdtemp(join(tmpdir(), 'kubegram-canary-'));
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
      [
        ...secrets.map((name) => `${name}=${CANARY_SECRET}`),
        `DB_CONTAINER=${server.name}`,
        'BACKUP_DIR=sets',
        '',
      ].join('\n'),
      { mode: 0o600 },
    );
  });
  afterAll(async () => {
    await project?.[Symbol.asyncDispose]();
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    await server?.[Symbol.asyncDispose]();
  });

  /** The secret all around whatever is started with this. */
  const around = (env: Env = {}): Env => ({
    PGPASSWORD: CANARY_SECRET,
    PGPASSFILE: `/nowhere/${CANARY_SECRET}`,
    POSTGRES_PASSWORD: CANARY_SECRET,
    BACKUP_ENCRYPTION_KEY: CANARY_SECRET,
    BACKUP_SLACK_WEBHOOK: `https://hooks.example.com/${CANARY_SECRET}`,
    KUBEGRAM_DEBUG: '1',
    TMPDIR: temporary,
    REAL_PATH: process.env['PATH'],
    PATH: `${docker.path}:${process.env['PATH']}`,
    ...env,
  });

  /** Looks at the command lines of the machine, and for temporary files, until it has ended. */
  async function watched<T>(what: string, running: Promise<T>): Promise<T> {
    let over = false;
    const ended = running.finally(() => {
      over = true;
    });
    ended.catch(() => {}); // awaited below
    while (!over) {
      expect(await commandLinesWith(CANARY_SECRET), what).toEqual([]);
      expect(await readdir(temporary)).toEqual([]);
      // What lives more shortly is seen by the docker that notes its arguments.
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return ended;
  }

  const start = (words: string[]): string[] => [process.execPath, 'scripts/start.js', ...words];

  /** Runs a command of the tool with the secret all around it. */
  async function tool(words: string[], env: Env = {}): Promise<Ended> {
    const what = words.join(' ');
    const result = await watched(what, project.start(start(words), around(env)).ended);
    commands += 1;
    for (const stream of [result.stdout, result.stderr]) {
      expect(stream, what).not.toContain(CANARY_SECRET);
      expect(stream, what).not.toMatch(disturbing);
    }
    return result;
  }

  /** The same at a terminal, where somebody answers each question; gives how it ended. */
  async function answered(words: string[], answers: [asked: string, typed: string][]): Promise<number> {
    const running = project.terminal(start(words), around(), 250);
    const answering = async (): Promise<Ended> => {
      for (const [asked, typed] of answers) {
        await running.shows(asked);
        running.type(`${typed}\r`);
      }
      return running.ended;
    };
    const { exitCode } = await watched(words.join(' '), answering());
    commands += 1;
    for (const text of [running.output(), stripVTControlCharacters(running.output())])
      expect(text, words.join(' ')).not.toContain(CANARY_SECRET);
    return exitCode;
  }

  /** Opens the menu, lets somebody use it and close it, and looks at every frame that it ever showed. */
  async function usedMenu(env: Env, use: (menu: Terminal) => Promise<void>): Promise<number> {
    await using menu = await openMenu({ project, env: around(env), columns: 250, rows: 40 });
    const shown: string[] = [];
    const looks = (screen: string[]): boolean => {
      shown.push(screen.join('\n'));
      return false;
    };
    menu.waitFor(looks, 200_000).catch(() => {}); // it waits for nothing, and is over with the menu
    const closing = async () => {
      await use(menu);
      return menu.ended;
    };
    const { exitCode } = await watched('the menu', closing());
    expect(shown.length).toBeGreaterThan(1);
    frames += shown.length;
    for (const frame of [...shown, menu.history().join('\n')]) {
      expect(frame).not.toContain(CANARY_SECRET);
      expect(frame).not.toMatch(disturbing);
    }
    for (const text of [menu.bytes(), stripVTControlCharacters(menu.bytes())])
      expect(text).not.toContain(CANARY_SECRET);
    return exitCode;
  }

  /** The files below a folder that hold the secret, by their paths in it. */
  async function filesWithSecret(folder: string): Promise<string[]> {
    const { stdout } = await project.run(
      ['grep', '-rlaF', '--exclude=.env', CANARY_SECRET, '.'],
      {},
      { cwd: folder },
    );
    return stdout.split('\n').filter((line) => line !== '');
  }

  /** Whatever can be read by others, below a folder that only its owner may look into. */
  async function openToOthers(folder: string): Promise<string[]> {
    const found: string[] = [];
    for (const name of ['.', ...(await readdir(folder, { recursive: true }))]) {
      const facts = await lstat(join(folder, name));
      const mode = facts.mode & 0o777;
      if (mode !== (facts.isDirectory() ? 0o700 : 0o600)) found.push(`${name} ${mode.toString(8)}`);
    }
    return found;
  }

  async function expectNoneInFiles(): Promise<void> {
    // The one file of the project that has it shows that it would be found.
    expect(await filesWithSecret(project.folder)).toEqual(['./test/support/hostile-canary.ts']);
    expect(await filesWithSecret(temporary)).toEqual([]);
    expect(await openToOthers(join(project.folder, 'sets'))).toEqual([]);
    expect(await openToOthers(temporary)).toEqual([]);
    expect(await docker.notes()).not.toContain(CANARY_SECRET);
  }

  test('is in no argument of a process, no file, no text and no JSON of any command that succeeds', async () => {
    const works: string[][] = [
      ['backup', '--note', 'before'],
      ['backup', '--json'],
      ['list'],
      ['list', '--json'],
      ['status', '--json'],
      ['doctor'],
      ['verify', 'latest', '--deep'],
      ['verify', 'latest', '--json'],
      ['pin', 'latest'],
      ['pin', 'latest', '--off'],
      ['restore', 'latest', confirm],
      ['clear', confirm, '--json'],
      ['undo', confirm],
      ['cleanup', '--dry-run'],
      ['delete', 'latest', '--yes'],
    ];
    for (const words of works) expect((await tool(words)).exitCode, words.join(' ')).toBe(0);
    await expectNoneInFiles();
    expect((await docker.notes()).split('\n').length).toBeGreaterThan(works.length);
  }, 240_000);

  test('is on no screen: not in the questions of a command, nor in any frame of the menu', async () => {
    const name = 'Type the name of the database (kubegram)';
    expect(await answered(['backup'], [])).toBe(0);
    expect(await answered(['clear', '--note', 'x'], [[name, 'kubegran']])).toBe(2);
    const clearAndUndo = async (): Promise<void> => {
      expect(await answered(['clear', '--note', 'x'], [[name, 'kubegram']])).toBe(0);
      expect(await answered(['undo'], [[name, 'kubegram']])).toBe(0);
    };
    const chooseAndDelete = async (): Promise<void> => {
      const choices: [string, string][] = [
        ['Which backup?', ''],
        [name, 'kubegram'],
      ];
      expect(await answered(['restore', '--choose'], choices)).toBe(0);
      expect(await answered(['delete', 'latest'], [['Delete ', 'n']])).toBe(0);
    };
    for (const doing of someOf([clearAndUndo, chooseAndDelete], 1)) await doing();

    const closed = await usedMenu({}, async (menu) => {
      await menu.waitFor('● running');
      await menu.readsKeys();
      const steps: [keys: string[], shows: string][] = [
        [['s'], 'TABLE'],
        [['?'], 'prove it by a real restore'],
        [['escape', 'escape', 'b'], 'Note (may stay empty)'],
        [['enter'], '✓ Backed up'],
        [['l'], 'BACKUP'],
        [['enter'], '2 tables'],
        [['v'], '✓ Verified'],
        [['escape', 'p'], '✓ Pinned'],
        [['p'], '✓ Unpinned'],
        [['r'], 'This replaces the database'],
        [[...'kubegran', 'enter'], 'That is not kubegram'],
        [['escape', 'C'], 'This empties the database'],
        [[...'kubegram', 'enter'], '✓ Cleared'],
        [['u'], 'This brings kubegram back'],
        [[...'kubegram', 'enter'], '✓ Undone'],
        [['l', 'd'], 'Delete '],
        [['y'], '✓ Deleted'],
      ];
      for (const [keys, shows] of steps) {
        menu.press(...keys);
        await menu.waitFor(shows);
      }
      menu.press('q');
    });
    expect(closed).toBe(0);
    await expectNoneInFiles();
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
    const lost = await usedMenu({ DB_USER: 'nobody' }, async (menu) => {
      await menu.waitFor('nobody');
      await menu.readsKeys();
      menu.press('b', 's');
      await menu.waitFor('Folder');
      menu.press('q');
    });
    expect(lost).toBe(0);
    await expectNoneInFiles();
    tellFigure(
      'commands run with a canary password in every input',
      `${commands}, and ${frames} frames of the menu; it came out nowhere`,
    );
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
