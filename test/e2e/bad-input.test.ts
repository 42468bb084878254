import { mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { copyProject, type Ended, type Env, exists, type ProjectCopy } from '../support/cli.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { docker, dockerOrThrow, pauseContainer } from '../support/docker.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';

const sample = `
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
INSERT INTO users SELECT n, 'user' || n || '@example.com' FROM generate_series(1, 40) n;`;

describeWithDocker('bad input and bad luck', () => {
  let project: ProjectCopy;
  let server: TestContainer;
  const mounts: string[] = [];

  const tool = (words: string[], env?: Env): Promise<Ended> => project.tool(words, env);
  const change = (words: string[], env?: Env): Promise<Ended> => tool([...words, '--confirm=kubegram'], env);

  /** What must be as it was after every failure: the rows, the other databases, the files. */
  async function state(): Promise<string> {
    const rows = await server.sql('SELECT count(*), max(id) FROM users');
    const databases = await server.sql("SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database");
    const files = (await readdir(project.backups)).filter((name) => !name.startsWith('.lock')).toSorted();
    // The metadata tells when the last check was: it may differ.
    const hashes = await execa('sh', ['-c', 'find . -name "*.sql" -type f | sort | xargs sha256sum'], {
      cwd: project.backups,
    });
    return [rows, databases, ...files, hashes.stdout].join('\n');
  }

  /** One clear sentence and the next step, and nothing of the inside. */
  function expectClear({ exitCode, stdout, stderr }: Ended, code: number, said: string | RegExp): void {
    const plain = stderr.replaceAll(/^[A-Z][^\n]* …\n/gm, ''); // the phases of progress
    expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: code });
    expect(plain).toMatch(said);
    expect(plain.trimEnd().split('\n').length, plain).toBeLessThanOrEqual(3);
    expect(plain).toMatch(/^[^\n]*\.?\n/);
    expect(plain).not.toMatch(/\n +at |node:internal|Error:|undefined|\[object/);
  }

  beforeAll(async () => {
    server = await startPostgres();
    await server.sql(sample);
    project = await copyProject({ env: { DB_CONTAINER: server.name } });
    expect((await tool(['backup'])).exitCode).toBe(0);
  });

  beforeEach(async () => {
    await writeFile(join(project.folder, '.env'), '');
  });

  afterAll(async () => {
    for (const mount of mounts) await execa('umount', [mount], { reject: false });
    await project?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  async function mountTmpfs(name: string, options: string): Promise<string> {
    const folder = join(project.folder, name);
    await mkdir(folder);
    await execa('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
    mounts.push(folder);
    return folder;
  }

  test('no docker, no engine, no container', async () => {
    const before = await state();
    const cases: [Env, RegExp][] = [
      [{ PATH: join(project.folder, 'scripts') }, /There is no docker command.*\n.*make demo/],
      [{ DOCKER_HOST: 'unix:///nonexistent' }, /The Docker engine is not running\.\n.*Start Docker/],
      [{ DB_CONTAINER: 'no-such-one' }, /no container named no-such-one\.\n.*docker compose up -d postgres/],
    ];
    const confirm = '--confirm=kubegram';
    const needing = [
      ['backup'],
      ['clear', confirm],
      ['undo', confirm],
      ['restore', 'latest', confirm],
      ['verify', 'latest', '--deep'],
    ];
    for (const [at, [env, said]] of cases.entries()) {
      for (const words of someOf(needing, 2, at)) expectClear(await tool(words, env), 3, said);
      // Status shows the backups all the same, and the document is whole.
      const status = await tool(['status'], env);
      expect(status.exitCode).toBe(3);
      expect(status.stdout).toMatch(/Backups +1 /);
      const json = await tool(['status', '--json'], env);
      expect(json.exitCode).toBe(3);
      expect(JSON.parse(json.stdout)).toMatchObject({ target: null, backups: { count: 1 } });
      expect(JSON.parse(json.stderr).error).toMatchObject({ code: 'unreachable', exit_code: 3 });
      const doctor = await tool(['doctor', '--json'], env);
      expect(doctor.exitCode).toBe(3);
      expect(JSON.parse(doctor.stdout).checks).toContainEqual(
        expect.objectContaining({ name: 'target', outcome: 'failed' }),
      );
      expect(JSON.parse(doctor.stderr).error).toMatchObject({ code: 'unreachable', exit_code: 3 });
      // What needs no server works without one.
      for (const words of someOf([['list'], ['verify', 'latest'], ['restore']], 1, at))
        expect((await tool(words, env)).exitCode, words.join(' ')).toBe(0);
    }
    expect(await state()).toBe(before);
  });

  test('the container is stopped or paused', async () => {
    await using other = await startPostgres();
    const env = { DB_CONTAINER: other.name, DATABASE_URL: 'postgresql://postgres@localhost:5432/kubegram' };
    await pauseContainer(other.name);
    const paused = new RegExp(`The container ${other.name} is paused\\.\\n.*docker unpause ${other.name}`);
    for (const words of [['backup'], ['status']]) {
      const { exitCode, stdout, stderr } = await tool(words, { DB_CONTAINER: other.name });
      expect(exitCode).toBe(3);
      expect(stdout + stderr).toMatch(/is paused/);
    }
    expectClear(await tool(['backup'], { DB_CONTAINER: other.name }), 3, paused);
    await dockerOrThrow(['unpause', other.name]);
    await dockerOrThrow(['kill', other.name]);
    const stopped = new RegExp(`The container ${other.name} is stopped\\.\\n.*docker start ${other.name}`);
    expectClear(await tool(['backup'], env), 3, stopped);
    expectClear(await change(['clear'], env), 3, stopped);
  });

  test('a server that is still starting is waited for', async () => {
    const name = `kubegram-test-start-${process.pid}`;
    const run = [
      'run',
      '-d',
      '--rm',
      '--name',
      name,
      '--label=kubegram-test=1',
      '--tmpfs=/var/lib/postgresql/data',
    ];
    await dockerOrThrow([
      ...run,
      '-e',
      'POSTGRES_DB=kubegram',
      '-e',
      'POSTGRES_HOST_AUTH_METHOD=trust',
      'postgres:17',
    ]);
    try {
      const env = { DB_CONTAINER: name, BACKUP_DIR: 'of-the-new-one' };
      const { exitCode, stdout, stderr } = await tool(['backup'], env);
      expect(exitCode, stderr).toBe(0);
      expect(stdout).toContain('Backed up kubegram');
    } finally {
      await docker(['rm', '-f', '-v', name]);
    }
  });

  test('another database or role than there is', async () => {
    const before = await state();
    const database = { DB_NAME: 'no_such_db' };
    const role = { DB_USER: 'no_such_role' };
    expectClear(await tool(['backup'], database), 3, /no database named no_such_db.*\n.*DB_NAME/);
    expectClear(await tool(['clear', '--confirm=no_such_db'], database), 3, /no database named no_such_db/);
    expectClear(await tool(['backup'], role), 3, /no role no_such_role.*\n.*DB_USER/);
    expectClear(await change(['restore', 'latest'], role), 3, /no role no_such_role/);
    const status = await tool(['status', '--json'], database);
    expect(JSON.parse(status.stdout)).toMatchObject({ target: { exists: false } });
    expect(await state()).toBe(before);
  });

  test('the folder: missing is made; a file, read-only and full say so', async () => {
    const made = { BACKUP_DIR: 'new/folder' };
    expect((await tool(['list'], made)).stdout).toMatch(/no backups in .*\n/);
    expect((await tool(['backup'], made)).exitCode).toBe(0);
    expect((await stat(join(project.folder, 'new/folder'))).mode & 0o777).toBe(0o700);
    for (const name of await readdir(join(project.folder, 'new/folder')))
      expect((await stat(join(project.folder, 'new/folder', name))).mode & 0o777, name).toBe(0o600);

    await writeFile(join(project.folder, 'a-file'), '');
    for (const words of [['backup'], ['list'], ['status'], ['verify', 'latest']])
      expectClear(
        await tool(words, { BACKUP_DIR: 'a-file' }),
        1,
        /a-file is a file, not a folder\.\n.*BACKUP_DIR/,
      );
    expectClear(await tool(['backup'], { BACKUP_DIR: 'a-file/below' }), 1, /is a file, not a folder/);

    const full = await mountTmpfs('small', 'size=17m');
    await server.sql(
      'CREATE TABLE bulk AS SELECT n, repeat(md5(n::text), 8) AS t FROM generate_series(1, 80000) n',
    );
    expectClear(
      await tool(['backup'], { BACKUP_DIR: full }),
      1,
      /disk that holds .* is full.*\n.*Free some space/,
    );
    expect((await readdir(full)).filter((name) => !name.startsWith('.lock'))).toEqual([]);
    const emptied = await change(['clear'], { BACKUP_DIR: full });
    expectClear(emptied, 1, /is full/);
    expect(await server.sql('SELECT count(*) FROM bulk')).toBe('80000');
    await server.sql('DROP TABLE bulk');

    const readOnly = await mountTmpfs('readonly', 'ro');
    for (const words of [['backup'], ['clear', '--confirm=kubegram']])
      expectClear(await tool(words, { BACKUP_DIR: readOnly }), 1, /readonly.*\n.*BACKUP_DIR/);
    expect(await server.sql('SELECT count(*) FROM users')).toBe('40');
  });

  const wrongValues: [name: string, value: string, allowed: string][] = [
    ['BACKUP_KEEP', '0', '1 to 1000'],
    ['BACKUP_KEEP', 'abc', 'a whole number'],
    ['BACKUP_KEEP', '1.5', 'a whole number'],
    ['BACKUP_KEEP', '-1', 'a whole number'],
    ['BACKUP_COMPRESSION', 'maybe', 'true or false'],
    ['BACKUP_ENCRYPTION', 'perhaps', 'true or false'],
    ['BACKUP_ENCRYPTION', 'true', 'not built yet'],
    ['BACKUP_MAX_SIZE_MB', '0', 'a whole number'],
    ['BACKUP_TIMEOUT_SECONDS', '1h', 'a whole number'],
    ['BACKUP_RETENTION_DAYS', 'week', 'a whole number'],
    ['BACKUP_ENABLED', 'sometimes', 'true or false'],
    ['DB_TARGET', 'x', 'docker or embedded'],
    ['DB_CONTAINER', '--privileged', 'name of a container'],
    ['DB_NAME', 'n'.repeat(64), '63 bytes'],
    ['DB_USER', 'ä'.repeat(32), '63 bytes'],
    ['DATABASE_URL', 'mysql://me:hunter2@localhost/kubegram', 'postgresql://'],
    ['DATABASE_URL', 'postgresql://me:hunter2@localhost/%zz', 'postgresql://'],
  ];
  test.each(someOf(wrongValues, 9))('.env with %s=%s is refused by name', async (name, value, allowed) => {
    await writeFile(join(project.folder, '.env'), `BACKUP_ENCRYPTION_KEY=hunter2\n${name}=${value}\n`);
    const env = name === 'DB_CONTAINER' ? { DB_CONTAINER: '' } : {};
    for (const words of [['backup'], ['status', '--json']]) {
      const ended = await tool(words, env);
      const said = words.length > 1 ? JSON.parse(ended.stderr).error.message : ended.stderr;
      expect(ended.exitCode).toBe(2);
      expect(said).toContain(name);
      expect(ended.stderr).toContain(allowed);
      expect(ended.stderr).not.toContain('hunter2');
    }
    // The environment wins over the file.
    const right = { BACKUP_KEEP: '3', BACKUP_COMPRESSION: 'yes', BACKUP_MAX_SIZE_MB: '10' };
    if (name in right) expect((await tool(['list'], right)).exitCode).toBe(0);
  });

  test('a .env that cannot be read is not taken for none', async () => {
    await rm(join(project.folder, '.env'));
    await mkdir(join(project.folder, '.env'));
    const ended = await tool(['status']);
    await rm(join(project.folder, '.env'), { recursive: true });
    expectClear(ended, 2, /\.env cannot be read/);
  });

  test('DATABASE_URL beside a container: the same database, or exit 2 naming both', async () => {
    const port = 20_000 + (process.pid % 20_000);
    const name = `kubegram-test-url-${process.pid}`;
    const run = [
      'run',
      '-d',
      '--rm',
      '--name',
      name,
      '--label=kubegram-test=1',
      `--publish=127.0.0.1:${port}:5432`,
    ];
    await dockerOrThrow([
      ...run,
      '-e',
      'POSTGRES_DB=kubegram',
      '-e',
      'POSTGRES_HOST_AUTH_METHOD=trust',
      'postgres:17',
    ]);
    try {
      const status = (url: string, env: Env = {}): Promise<Ended> =>
        tool(['list', '--json'], { DB_CONTAINER: name, DATABASE_URL: url, ...env }).then(() =>
          tool(['backup'], { DB_CONTAINER: name, DATABASE_URL: url, BACKUP_DIR: 'url', ...env }),
        );
      expect(
        (await status(`postgresql://u:hunter2@localhost:${port}/kubegram?sslmode=disable`)).exitCode,
      ).toBe(0);
      for (const url of [
        `localhost:${port + 1}/kubegram`,
        `localhost:${port}/other`,
        `db.example.com:${port}/kubegram`,
      ]) {
        const ended = await status(`postgresql://u:hunter2@${url}`);
        expectClear(ended, 2, new RegExp(`DATABASE_URL leads to ${url}, .* container ${name}`));
        expect(ended.stderr).not.toContain('hunter2');
      }
    } finally {
      await docker(['rm', '-f', '-v', name]);
    }
    const alone = { DB_CONTAINER: '', DATABASE_URL: 'postgresql://u:hunter2@db.example.com/app' };
    const present = await docker(['ps', '-a', '--filter', 'name=^kubegram-server-postgres-1$', '-q']);
    const ended = await tool(['backup'], alone);
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('DATABASE_URL');
    expect(ended.stderr).not.toContain('hunter2');
    if (present.stdout === '') expect(ended.stderr).toContain('DB_CONTAINER');
    // An engine that is down says nothing about containers.
    expectClear(await tool(['backup'], { ...alone, DOCKER_HOST: 'unix:///nonexistent' }), 3, /not running/);
  });

  test('hostile names of backups', async () => {
    const [id = ''] = (await readdir(project.backups)).filter((name) => name.endsWith('.sql'));
    await symlink('/etc/passwd', join(project.backups, 'link_backup_20200101_000000.sql'));
    await execa('mkfifo', [join(project.backups, 'fifo_backup_20200101_000000.sql')]);
    await mkdir(join(project.backups, 'folder_backup_20200101_000000.sql'));
    await writeFile(join(project.folder, 'outside_backup_20200101_000000.sql'), 'SELECT 1;\n');
    const before = await state();
    const outside: [string, number][] = [
      ['../outside_backup_20200101_000000.sql', 2],
      ['backups/../outside_backup_20200101_000000.sql', 2],
      ['/etc/passwd', 2],
      [`/tmp/${id}`, 2],
      ['backups/../../../../../etc/passwd', 2],
      ['..', 4],
      ['.', 4],
      ['', 4],
      ['*', 4],
      ['kubegram_backup_????????_??????', 4],
      [`${id}\n`, 4],
      [`a\u001b[31mb`, 4],
      ['%2e%2e%2fpasswd', 4],
      ['.lock', 4],
    ];
    const command: [string, number] = ['$(touch /tmp/kubegram-pwned)', 2];
    const inside = ['link', 'fifo', 'folder'].map((name) => `${name}_backup_20200101_000000`);
    const commands = [['verify'], ['delete', '--yes'], ['pin'], ['restore', '--confirm=kubegram']];
    for (const words of commands) {
      const some = someOf(outside, words[0] === 'delete' ? 6 : 2);
      for (const [name, code] of [...some, command]) {
        const ended = await tool([...words, name]);
        expect({ words, name, code: ended.exitCode }).toEqual({ words, name, code });
        expect(ended.stderr).not.toContain('\u001b');
        expect(ended.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
      }
      for (const name of someOf(['-rf', '--delete-all'], 1)) {
        expectClear(await tool([...words, name]), 2, /Unknown option.*\n.*--help/);
        expect((await tool([...words, '--', name])).exitCode).toBe(4);
      }
    }
    for (const [at, name] of inside.entries()) {
      const refused = [
        ['verify'],
        ['pin'],
        ['restore', '--confirm=kubegram'],
        ['restore', '--confirm=kubegram', '--unverified'],
      ];
      for (const words of someOf(refused, 2, at))
        expectClear(await tool([...words, name]), 4, new RegExp(name));
    }
    expect(await state()).toBe(before);
    expect(await exists('/tmp/kubegram-pwned')).toBe(false);
    const { stdout } = await tool(['list']);
    for (const name of inside) expect(stdout).toMatch(new RegExp(`${name}.*unverifiable`));
    for (const name of ['link', 'fifo', 'folder'])
      await rm(join(project.backups, `${name}_backup_20200101_000000.sql`), { recursive: true });
  });

  test('two operations at once: the second is told, the first is done', async () => {
    // Somebody's lock keeps the first one waiting for as long as the test wants.
    const psql = ['psql', '-XAtq', '-U', 'postgres', '-d', 'kubegram', '-c'];
    const blocker = server.exec([...psql, 'BEGIN; LOCK TABLE users; SELECT pg_sleep(30)']);
    await expect
      .poll(() => server.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock'"))
      .not.toBe('0');
    const first = project.start([process.execPath, 'scripts/start.js', 'backup']);
    await first.shows('Looking at the database');
    expectClear(await tool(['backup']), 5, /is at work/);
    expectClear(await tool(['delete', 'latest', '--yes']), 5, /is at work/);
    expectClear(
      await change(['clear'], { BACKUP_DIR: 'second-clone' }),
      5,
      /A backup is at work on the database/,
    );
    await server.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'",
    );
    await blocker;
    expect((await first.ended).exitCode).toBe(0);
    expect((await tool(['backup'])).exitCode).toBe(0);
  });

  test('a reader that goes away is no failure', async () => {
    for (const line of [
      'list | head -c 1',
      'backup 2>&1 | head -n 1',
      'status --json | true',
      'clear 2>&1 | true',
    ]) {
      const ended = await project.run([
        'bash',
        '-c',
        `"$0" scripts/start.js ${line}; echo "code \${PIPESTATUS[0]}" >&2`,
        process.execPath,
      ]);
      expect(ended.stderr).toBe(`code ${line.startsWith('clear') ? 2 : 0}\n`);
    }
    expect((await readdir(project.backups)).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  test('a slow reader gets all of it', async () => {
    await server.createDatabase('wide');
    const tables =
      "DO $$ BEGIN FOR i IN 1..1500 LOOP EXECUTE 'CREATE TABLE some_table_' || i || ' ()'; END LOOP; END $$";
    await server.sql(tables, { database: 'wide' });
    const line = '"$0" scripts/start.js status --json | (sleep 4; cat)';
    const { stdout } = await project.run(['bash', '-c', line, process.execPath], { DB_NAME: 'wide' });
    // Far more than a pipe holds.
    expect(stdout.length).toBeGreaterThan(150_000);
    expect(JSON.parse(stdout).target.tables).toHaveLength(1500);
    await server.sql('DROP DATABASE wide', { database: 'postgres' });
  });

  test('at a terminal: the wrong name refuses, the right one goes', async () => {
    const before = await state();
    const question = 'Type the name of the database (kubegram)';
    const wrong = project.terminal([process.execPath, 'scripts/start.js', 'clear', '--note', 'by hand']);
    await wrong.shows(question);
    wrong.type('kubegramm\r');
    expect((await wrong.ended).exitCode).toBe(2);
    expect(wrong.output()).toContain('was given another name');
    expect(await state()).toBe(before);

    const yes = project.terminal(['make', 'clear-db', 'ARGS=--no-color --note=x']);
    await yes.shows(question);
    yes.type('y\r');
    expect((await yes.ended).exitCode).toBe(2);
    expect(await state()).toBe(before);

    const right = project.terminal(['npm', 'run', '-s', 'db:clear', '--', '--note=x']);
    await right.shows(question);
    await right.shows('40 rows in 1 table;');
    right.type('kubegram\r');
    expect((await right.ended).exitCode, right.output()).toBe(0);
    expect(await server.sql('SELECT count(*) FROM users')).toBe('0');

    const undo = project.terminal(['make', 'undo-db']);
    await undo.shows(question);
    undo.type('kubegram\r');
    expect((await undo.ended).exitCode, undo.output()).toBe(0);
    expect(await server.sql('SELECT count(*) FROM users')).toBe('40');
  });

  test('at a terminal: choose a backup, delete with a yes', async () => {
    const chosen = project.terminal(['./scripts/restore-database.sh']);
    await chosen.shows('Which backup?');
    chosen.type('\r');
    await chosen.shows('Type the name of the database (kubegram)');
    chosen.type('kubegram\r');
    expect((await chosen.ended).exitCode, chosen.output()).toBe(0);
    const kept = (await readdir(project.backups)).filter((name) => name.endsWith('.json'));
    const [name = ''] = kept.filter((file) => !file.startsWith('.'));
    const no = project.terminal([process.execPath, 'scripts/start.js', 'delete', name]);
    await no.shows('Delete ');
    no.type('\r');
    expect((await no.ended).exitCode).toBe(0);
    expect(no.output()).toContain('Nothing was changed');
    expect(await exists(join(project.backups, name))).toBe(true);
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['the end of input', '\u0004'],
  ])('at a terminal: %s at the question ends with 130 and changes nothing', async (_name, key) => {
    const before = await state();
    for (const words of [
      ['clear', '--everything'],
      ['restore', 'latest'],
      ['restore', '--choose'],
    ]) {
      const running = project.terminal([process.execPath, 'scripts/start.js', ...words]);
      await running.shows(/\? (Type the name|Which backup)/);
      running.type(key);
      expect((await running.ended).exitCode, running.output()).toBe(130);
      expect(running.output()).toContain('Interrupted');
      expect(running.output()).not.toMatch(/\n +at |ExitPromptError/);
    }
    expect(await state()).toBe(before);
  });

  test('a narrow terminal: no line is wider than it must be', async () => {
    const words: [string[], number][] = [
      [['list'], 60],
      [['status', '--backups'], 80],
      [['cleanup', '--dry-run'], 110],
    ];
    for (const [command, limit] of words) {
      const running = project.terminal(
        [process.execPath, 'scripts/start.js', ...command, '--no-color'],
        {},
        60,
      );
      expect((await running.ended).exitCode).toBe(0);
      for (const line of running.output().split(/\r?\n/)) {
        expect(line).toBe(line.trimEnd());
        expect(line.length, line).toBeLessThanOrEqual(limit);
      }
    }
  });

  test('the umask does not matter', async () => {
    const line = `umask 0; exec "$0" scripts/start.js backup`;
    expect((await project.run(['sh', '-c', line, process.execPath], { BACKUP_DIR: 'wide' })).exitCode).toBe(
      0,
    );
    const folder = join(project.folder, 'wide');
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(folder))
      expect((await stat(join(folder, name))).mode & 0o777, name).toBe(0o600);
  });
});
