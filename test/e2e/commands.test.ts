import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyProject, type Ended, type ProjectCopy } from '../support/cli.ts';
import { docker, dockerOrThrow } from '../support/docker.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';

const container = 'kubegram-server-postgres-1';
const volume = 'kubegram-server_postgres-data';
const sample = `
CREATE TABLE companies (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE users (id int PRIMARY KEY, company_id int REFERENCES companies, email text NOT NULL);
INSERT INTO companies SELECT n, 'company ' || n FROM generate_series(1, 30) n;
INSERT INTO users SELECT n, 1 + n % 30, 'user' || n || '@example.com' FROM generate_series(1, 120) n;`;

/** Every npm script and make target of SPEC 2, and what it does. */
const npmScripts = {
  'db:clear': 'clear',
  'db:backup': 'backup',
  'db:restore': 'restore',
  'db:status': 'status',
  'db:undo': 'undo',
  'db:list': 'list',
  'db:doctor': 'doctor',
  backup: 'backup',
  'backup:list': 'list',
  'backup:verify': 'verify',
  'backup:cleanup': 'cleanup',
  'backup:delete': 'delete',
  'backup:pin': 'pin',
  'backup:unpin': 'pin',
  restore: 'restore',
};
const makeTargets = [
  ...['setup', 'clear-db', 'db-backup', 'restore-db', 'db-status', 'undo-db', 'db-list', 'db-doctor'],
  ...['backup-verify', 'backup-cleanup', 'backup-delete', 'backup-pin', 'backup-unpin', 'demo', 'test'],
];

describeWithDocker('the commands of SPEC 2', () => {
  let project: ProjectCopy;
  let ours = false;

  const npm = (script: string, ...args: string[]): Promise<Ended> =>
    project.run(['npm', 'run', '-s', script, ...(args.length > 0 ? ['--', ...args] : [])]);
  const make = (target: string, args = ''): Promise<Ended> =>
    project.run(['make', target, ...(args === '' ? [] : [`ARGS=${args}`])]);
  const shell = (script: string, ...args: string[]): Promise<Ended> =>
    project.run([`./scripts/${script}`, ...args]);
  const sql = (text: string): Promise<string> =>
    dockerOrThrow(['exec', '-i', container, 'psql', '-XAtq', '-U', 'postgres', '-d', 'kubegram'], text).then(
      (out) => out.trim(),
    );
  const users = (): Promise<string> => sql('SELECT count(*) FROM users');
  const ids = async (): Promise<string[]> => {
    const { stdout } = await project.tool(['list', '--json']);
    return JSON.parse(stdout).backups.map((set: { id: string }) => set.id);
  };

  beforeAll(async () => {
    const present = await docker(['ps', '-a', '--filter', `name=^${container}$`, '--format', '{{.Names}}']);
    const volumes = await docker(['volume', 'ls', '--filter', `name=^${volume}$`, '--format', '{{.Name}}']);
    if (`${present.stdout}${volumes.stdout}`.trim() !== '') {
      throw new Error(
        `This test starts ${container} and removes it with its volume ${volume}; one of them is here already and may be somebody's. Remove it yourself (docker compose down -v) to run this test.`,
      );
    }
    project = await copyProject({ env: { POSTGRES_PORT: String(await freePort()) } });
    ours = true;
    const up = await project.run(['docker', 'compose', 'up', '-d', 'postgres']);
    expect(up.exitCode, up.stderr).toBe(0);
    await untilHealthy();
    await sql(sample);
  });

  afterAll(async () => {
    if (ours) await project.run(['docker', 'compose', 'down', '--volumes', '--timeout', '1']);
    await project?.[Symbol.asyncDispose]();
  });

  test('make alone lists the targets, one line each', async () => {
    const { exitCode, stdout } = await project.run(['make']);
    expect(exitCode).toBe(0);
    for (const target of makeTargets) expect(stdout).toMatch(new RegExp(`^ +${target} +\\S.*$`, 'm'));
  });

  test.each(Object.entries(npmScripts))('npm run %s -- --help', async (script, name) => {
    const { exitCode, stdout, stderr } = await npm(script, '--help');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^${name}: `));
    for (const flag of ['--help', '--json', '--quiet', '--no-color']) expect(stdout).toContain(flag);
    // Every command that a help names exists.
    for (const [, named = ''] of stdout.matchAll(/npm run ([a-z:]+)/g))
      expect(npmScripts).toHaveProperty(named);
    for (const [, named = ''] of stdout.matchAll(/^ +make ([a-z-]+)/gm)) expect(makeTargets).toContain(named);
  });

  test('status: make, npm, shell', async () => {
    const texts = [
      await make('db-status'),
      await npm('db:status'),
      await shell('clear-database.sh', '--status-only'),
    ];
    for (const { exitCode, stdout, stderr } of texts) {
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toContain(`kubegram in ${container}`);
      expect(stdout).toMatch(/running.*PostgreSQL 17/);
      expect(stdout).toMatch(/public\.users +~?120|public\.users +not analysed/);
    }
  });

  test('backup: make, npm, shell; a note; the result on standard output, progress on standard error', async () => {
    const texts = [
      await make('db-backup', '--note "before the migration"'),
      await npm('db:backup', '--note', 'of npm'),
      await npm('backup'),
      await shell('clear-database.sh', '--backup-only'),
    ];
    for (const { exitCode, stdout, stderr } of texts) {
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^(.*\n)*Backed up kubegram: 150 rows in 2 tables/);
      expect(stdout).toMatch(/kubegram_backup_\d{8}_\d{6}\.sql$/m);
      expect(stdout).not.toMatch(/Dumping/);
      expect(stderr).toMatch(/Dumping/);
    }
    // Equal contents: only the newest of them stays, with the last note that somebody wrote.
    const { backups } = JSON.parse((await npm('backup:list', '--json')).stdout);
    expect(backups).toEqual([
      expect.objectContaining({ manifest: expect.objectContaining({ note: 'of npm' }) }),
    ]);
  });

  test('backup in a format: the flag wins over the environment; a wrong one is refused', async () => {
    const env = { BACKUP_DIR: 'other-backups', BACKUP_COMPRESSION: 'true' };
    const backUp = (...flags: string[]) =>
      project.run(['npm', 'run', '-s', 'db:backup', '--', ...flags], env);
    const formats: [string[], string][] = [
      [['--format', 'zstd'], '.sql.zst'],
      [['--format=plain'], '.sql'],
      [[], '.sql.gz'],
      [['--format', 'custom'], '.dump'],
      [['--format', 'directory', '--jobs', '3'], '.tar'],
    ];
    for (const [flags, ending] of someOf(formats, 2)) {
      const { exitCode, stdout, stderr } = await backUp(...flags);
      expect(exitCode, stderr).toBe(0);
      const file = /^ *(kubegram_backup_\d{8}_\d{6}(\.[.a-z]+))$/m.exec(stdout);
      expect(file?.[2]).toBe(ending);
      expect((await project.run(['npm', 'run', '-s', 'backup:verify', file?.[1] ?? ''], env)).exitCode).toBe(
        0,
      );
    }
    for (const [flag, value, said] of [
      ['--format', 'tar', '--format takes plain, gzip, zstd, custom or directory, not "tar".'],
      ['--jobs', '17', '15 or 16, not "17".'],
    ] as const) {
      const wrong = await backUp(flag, value);
      expect(wrong.exitCode).toBe(2);
      expect(wrong.stderr).toContain(said);
    }
    const both = await project.run(['npm', 'run', '-s', 'backup'], { ...env, BACKUP_FORMAT: 'plain' });
    expect(both.exitCode).toBe(2);
    expect(both.stderr).toMatch(/BACKUP_FORMAT .*BACKUP_COMPRESSION/);
  });

  test('list: npm, make, and restore without a name lists and changes nothing', async () => {
    await sql("INSERT INTO users VALUES (121, 1, 'late@example.com')");
    expect((await npm('backup', '--note', 'a noted one')).exitCode).toBe(0);
    const [newest = '', older = ''] = await ids();
    const texts = [
      await npm('backup:list'),
      await npm('db:list'),
      await make('db-list'),
      await npm('restore'),
    ];
    for (const { exitCode, stdout } of texts) {
      expect(exitCode).toBe(0);
      for (const text of [newest, older, 'a noted one', '151', 'hash checked'])
        expect(stdout).toContain(text);
    }
    expect(texts[3]?.stdout).toContain('Nothing was changed');
    const { stdout } = await shell('clear-database.sh', '--status-only');
    expect(stdout).toContain(newest);
    expect(await users()).toBe('121');
  });

  test('choosing needs a terminal: without one it is exit 2, and nothing changes', async () => {
    for (const ended of [await npm('db:restore'), await shell('restore-database.sh')]) {
      expect(ended.exitCode).toBe(2);
      expect(ended.stderr).toContain('npm run restore BACKUP -- --confirm=');
    }
    expect((await make('restore-db')).exitCode).toBe(2);
    expect(await users()).toBe('121');
  });

  test('verify: by id, file, path from anywhere, latest, prefix; deep', async () => {
    const [newest = ''] = await ids();
    const all = await ids();
    const unambiguous = (name: string): boolean => all.filter((id) => id.startsWith(name)).length < 2;
    const named = [
      newest,
      `${newest}.sql`,
      `backups/${newest}.sql`,
      `scripts/backups/${newest}.json`,
      'latest',
    ];
    for (const name of [...named, join(project.backups, newest), newest.slice(0, -1)].filter(unambiguous)) {
      const { exitCode, stdout, stderr } = await project.tool(['verify', name]);
      expect(exitCode, stderr).toBe(0);
      expect(stdout).toContain(`Verified ${newest}: `);
    }
    expect((await npm('backup:verify', `${newest}.sql`)).exitCode).toBe(0);
    const inside = await project.run(
      ['npm', '--prefix', '..', 'run', '-s', 'backup:verify', `./${newest}.sql`],
      {},
      { cwd: project.backups },
    );
    expect(inside.exitCode, inside.stderr).toBe(0);
    const deep = await make('backup-verify', 'latest --deep');
    expect(deep.exitCode, deep.stderr).toBe(0);
    expect(deep.stdout).toContain('contents equal');
  });

  test('the shell scripts work from any folder, and a path is meant from there', async () => {
    const [newest = ''] = await ids();
    const restored = await project.run(
      ['../scripts/restore-database.sh', `./${newest}.sql`, '--dry-run'],
      {},
      { cwd: project.backups },
    );
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(restored.stdout).toContain('Dry run');
  });

  test('pin, unpin, delete, cleanup', async () => {
    const [, oldest = ''] = await ids();
    expect((await npm('backup:pin', oldest)).stdout).toBe(`Pinned ${oldest}\n`);
    const refused = await npm('backup:delete', oldest, '--yes');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(`npm run backup:unpin ${oldest}`);
    expect((await make('backup-unpin', oldest)).stdout).toBe(`Unpinned ${oldest}\n`);
    expect((await make('backup-pin', oldest)).exitCode).toBe(0);
    expect((await npm('backup:unpin', oldest)).exitCode).toBe(0);

    const unasked = await npm('backup:delete', oldest);
    expect(unasked.exitCode).toBe(2);
    expect(unasked.stderr).toContain('--yes');
    expect(await ids()).toContain(oldest);

    expect((await npm('backup:cleanup', '--dry-run')).stdout).toContain('0 would be removed');
    expect((await make('backup-cleanup', '--yes')).exitCode).toBe(0);
    const one = { BACKUP_KEEP: '1' };
    const needsYes = await project.run(['npm', 'run', '-s', 'backup:cleanup'], one);
    expect(needsYes.exitCode).toBe(2);
    expect(needsYes.stderr).toContain('--yes');
    const dry = await project.run(['npm', 'run', '-s', 'backup:cleanup', '--', '--dry-run'], one);
    expect(dry.stdout).toContain('1 would be removed');
    expect((await npm('backup:delete', oldest, '--yes')).stdout).toBe(`Deleted ${oldest}\n`);
    expect(await ids()).not.toContain(oldest);
    expect((await make('backup-delete', oldest)).exitCode).toBe(2);
  });

  test('restore by npm, make or shell brings the rows back; undo', async () => {
    const ways: ((backup: string) => Promise<Ended>)[] = [
      (backup) => npm('restore', backup, '--confirm=kubegram'),
      (backup) => npm('db:restore', backup, '--confirm=kubegram'),
      (backup) => make('restore-db', `${backup} --confirm=kubegram`),
      (backup) => shell('restore-database.sh', backup, '--confirm=kubegram'),
    ];
    const backup = (await ids())[0] ?? '';
    expect((await npm('backup:pin', backup)).exitCode).toBe(0);
    for (const way of someOf(ways, 1)) {
      await sql('DELETE FROM users WHERE id > 100');
      const { exitCode, stdout, stderr } = await way(backup);
      expect(exitCode, stderr).toBe(0);
      expect(stdout).toContain('users 100 → 121');
      expect(stdout).toContain('npm run db:undo');
      expect(await users()).toBe('121');
    }
    expect((await npm('db:undo', '--confirm=kubegram')).exitCode).toBe(0);
    expect(await users()).toBe('100');
    expect((await make('undo-db', '--confirm=kubegram')).exitCode).toBe(0);
    expect(await users()).toBe('121');
  });

  test('clear by make, npm or shell; undo brings the rows back', async () => {
    const ways = [
      () => make('clear-db', '--confirm=kubegram'),
      () => npm('db:clear', '--confirm=kubegram', '--note', 'to be emptied'),
      () => shell('clear-database.sh', '--confirm=kubegram'),
    ];
    for (const way of someOf(ways, 1)) {
      const { exitCode, stdout, stderr } = await way();
      expect(exitCode, stderr).toBe(0);
      expect(stdout).toContain('Cleared kubegram of 151 rows in 2 tables');
      expect(await users()).toBe('0');
      expect((await npm('db:undo', '--confirm=kubegram')).exitCode).toBe(0);
      expect(await users()).toBe('121');
    }
  });

  test('--yes never stands in for the name, and make passes every failure on as 2', async () => {
    const [newest = ''] = await ids();
    for (const words of [['restore', newest], ['clear'], ['undo']]) {
      const unnamed = await project.tool(words);
      expect(unnamed.exitCode).toBe(2);
      expect(unnamed.stderr).toContain('--confirm=kubegram');
      expect((await project.tool([...words, '--confirm=kubegram2'])).exitCode).toBe(2);
      expect((await project.tool([...words, '--yes'])).exitCode).toBe(2);
    }
    for (const target of ['clear-db', 'undo-db']) expect((await make(target, '--yes')).exitCode).toBe(2);
    expect((await make('backup-verify', 'nothing-like-this')).exitCode).toBe(2);
    expect((await npm('backup:verify', 'nothing-like-this')).exitCode).toBe(4);
    expect(await users()).toBe('121');
  });

  test('--json: one document on standard output with keys in snake_case, nothing else anywhere', async () => {
    const commands: [keyof typeof npmScripts, ...string[]][] = [
      ['db:status'],
      ['db:status', '--backups'],
      ['db:doctor'],
      ['db:list'],
      ['backup', '--note', 'json'],
      ['backup:verify', 'latest'],
      ['backup:verify', 'latest', '--deep'],
      ['backup:pin', 'latest'],
      ['backup:unpin', 'latest', '--off'],
      ['backup:cleanup', '--dry-run'],
      ['restore'],
      ['restore', 'latest', '--dry-run'],
      ['restore', 'latest', '--into', 'beside'],
      ['restore', 'latest', '--confirm=kubegram'],
      ['db:clear', '--dry-run'],
      ['db:clear', '--confirm=kubegram'],
      ['db:undo', '--confirm=kubegram'],
    ];
    for (const [script, ...args] of commands) {
      const { exitCode, stdout, stderr } = await project.tool([npmScripts[script], ...args, '--json']);
      expect({ script, args, exitCode, stderr }).toEqual({ script, args, exitCode: 0, stderr: '' });
      expectSnakeCase(JSON.parse(stdout), script);
    }
    expect(await users()).toBe('121');
  });

  test('--json: an error is one document on standard error', async () => {
    const wrong: [string[], number, string][] = [
      [['db:status', '--nonsense'], 2, 'usage'],
      [['backup:verify'], 2, 'usage'],
      [['backup:verify', 'nothing-like-this'], 4, 'backup-missing'],
      [['db:clear'], 2, 'confirmation-needed'],
      [['db:restore'], 2, 'confirmation-needed'],
    ];
    for (const [[script = '', ...args], code, name] of wrong) {
      const { exitCode, stdout, stderr } = await npm(script, ...args, '--json');
      expect({ args, exitCode, stdout }).toEqual({ args, exitCode: code, stdout: '' });
      expect(JSON.parse(stderr).error).toMatchObject({ code: name, exit_code: code });
      expect(JSON.parse(stderr).error.message).toMatch(/^[A-Z].*[.?]$/);
    }
  });

  test('--quiet prints no progress', async () => {
    for (const args of [
      ['backup', '-q'],
      ['status', '--quiet'],
      ['verify', 'latest', '--deep', '--quiet'],
    ]) {
      const { exitCode, stdout, stderr } = await project.tool(args);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).not.toBe('');
    }
  });

  test('colours on a terminal alone, and not there with --no-color, NO_COLOR or a dumb terminal', async () => {
    const coloured = project.terminal(['npm', 'run', '-s', 'db:status']);
    expect((await coloured.ended).exitCode).toBe(0);
    expect(coloured.output()).toContain('\u001b[32mrunning');
    const plain = [
      () => project.terminal(['npm', 'run', '-s', 'db:status', '--', '--no-color']),
      () => project.terminal([process.execPath, 'scripts/start.js', 'backup', '--no-color']),
      () => project.terminal([process.execPath, 'scripts/start.js', 'list'], { NO_COLOR: '1' }),
      () => project.terminal([process.execPath, 'scripts/start.js', 'verify', 'latest'], { TERM: 'dumb' }),
      () => project.start([process.execPath, 'scripts/start.js', 'status'], { FORCE_COLOR: '1' }),
    ];
    for (const start of plain) {
      const running = start();
      expect((await running.ended).exitCode).toBe(0);
      expect(running.output()).not.toContain('\u001b');
      expect(running.output()).not.toContain('Warning');
    }
  });

  test('progress is drawn on a terminal, and a CI is none', async () => {
    const drawn = project.terminal([process.execPath, 'scripts/start.js', 'backup']);
    expect((await drawn.ended).exitCode).toBe(0);
    expect(drawn.output()).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
    // The line is taken away before the result is printed, and not drawn again after it.
    const [, after = ''] = drawn.output().split(/\S*Backed up/);
    expect(drawn.output().replace('\u001b[32m', '')).toMatch(/K(.\[\?25h)?Backed up/);
    expect(after).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
    const ci = project.terminal([process.execPath, 'scripts/start.js', 'clear'], { CI: '1' });
    expect((await ci.ended).exitCode).toBe(2);
    expect(ci.output()).toContain('--confirm=kubegram');
  });

  test('.env is that of the project, whatever the folder, and flags of the environment win', async () => {
    await writeFile(join(project.folder, '.env'), 'BACKUP_DIR=elsewhere\n');
    const start = join(project.folder, 'scripts', 'start.js');
    const status = await project.run([process.execPath, start, 'status', '--json'], {}, { cwd: '/' });
    expect(JSON.parse(status.stdout).backups.folder).toBe(join(project.folder, 'elsewhere'));
    const env = { BACKUP_DIR: 'third' };
    const third = await project.run([process.execPath, start, 'status', '--json'], env, { cwd: '/' });
    expect(JSON.parse(third.stdout).backups.folder).toBe(join(project.folder, 'third'));
    await writeFile(join(project.folder, '.env'), '');
  });

  test('nothing of ours is left over in the folder and in the server', async () => {
    const files = await readdir(project.backups);
    expect(files.filter((name) => /partial|removing/.test(name))).toEqual([]);
    const own = await sql("SELECT datname FROM pg_database WHERE datname ~ '__kubegram_(shadow|scratch)'");
    expect(own).toBe('');
  });
});

function expectSnakeCase(value: unknown, path: string): void {
  if (Array.isArray(value)) for (const inner of value) expectSnakeCase(inner, path);
  else if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) {
      expect(key, path).toMatch(/^[a-z][a-z0-9_]*$/);
      expectSnakeCase(inner, `${path}.${key}`);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function untilHealthy(): Promise<void> {
  for (const started = Date.now(); Date.now() - started < 60_000; await sleep(200)) {
    const { stdout } = await docker(['inspect', '--format', '{{.State.Health.Status}}', container]);
    if (stdout.trim() === 'healthy') return;
  }
  throw new Error(`${container} did not become healthy within a minute`);
}
