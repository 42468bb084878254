import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { shellWords } from './shell-words.ts';

const repository = resolve(import.meta.dirname, '../..');

export interface Ended {
  /** As a shell says it: 128 and the number of the signal where one ended it. */
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** What came on both streams so far. */
  output(): string;
  /** Waits for a text on either stream, and fails when the program ends without it. */
  shows(text: string | RegExp, limitMs?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** To the whole process group, as a terminal does it. */
  killGroup(signal: NodeJS.Signals): void;
}

export interface Terminal extends Running {
  type(text: string): void;
}

export type Env = Record<string, string | undefined>;

/** A copy of this project in a folder of its own: its `.env`, backups and set-up are nobody else's. */
export interface ProjectCopy extends AsyncDisposable {
  readonly folder: string;
  readonly backups: string;
  /** Variables that every program of this copy gets. */
  readonly env: Env;
  run(argv: readonly string[], env?: Env, options?: { input?: string; cwd?: string }): Promise<Ended>;
  /** A command of the tool, by node itself. */
  tool(argv: readonly string[], env?: Env): Promise<Ended>;
  start(argv: readonly string[], env?: Env): Running;
  /** The same at a real terminal. */
  terminal(argv: readonly string[], env?: Env, columns?: number): Terminal;
}

/** @param modules Whether the packages of the tool itself come along, by hard links; else the copy is like a fresh clone. */
export async function copyProject(options: { modules?: boolean; env?: Env } = {}): Promise<ProjectCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'kubegram-e2e-'));
  const list =
    'git ls-files -co --exclude-standard -z | tar --null --ignore-failed-read -T - -cf - 2>/dev/null';
  await execa('sh', ['-c', `${list} | tar -xf - -C "$1"`, 'copy', folder], { cwd: repository });
  if (options.modules !== false) {
    const modules = join(folder, 'node_modules');
    await mkdir(modules);
    // A clone that was set up before its last change has no bundle, or no cache.
    const made = ['.bundled', '.cache'].filter((name) => existsSync(join(repository, 'node_modules', name)));
    const kept = ['.bin', '.package-lock.json', ...made, ...(await runtimePackages())];
    await execa('cp', ['-al', '--parents', ...kept, modules], { cwd: join(repository, 'node_modules') });
    await writeFile(join(modules, '.setup'), '');
  }
  const own = { ...options.env };
  const environment = (env: Env = {}): Env => ({ ...cleanEnvironment(), ...own, ...env });
  const start = (argv: readonly string[], env?: Env, cwd = folder): Running =>
    launch(argv, environment(env), cwd);
  const run: ProjectCopy['run'] = async (argv, env, { input = '', cwd = folder } = {}) => {
    const running = launch(argv, environment(env), cwd, input);
    return running.ended;
  };
  return {
    folder,
    backups: join(folder, 'backups'),
    env: own,
    run,
    tool: (argv, env) => run([process.execPath, 'scripts/start.js', ...argv], env),
    start,
    terminal: (argv, env, columns = 100) => openTerminal(argv, environment(env), folder, columns),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** A fifth of the files that npm installs: to link all of them would take each copy a second longer. */
async function runtimePackages(): Promise<string[]> {
  const lock = JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8'));
  const packages: [string, { dev?: boolean; devOptional?: boolean }][] = Object.entries(lock.packages);
  return packages.flatMap(([path, { dev, devOptional }]) => {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    const runs = name !== undefined && !dev && !devOptional && existsSync(join(repository, path));
    return runs ? [name] : []; // what is there for other platforms alone is not installed
  });
}

/** What of the environment of the tests may reach the tool: nothing that configures it or its colours. */
function cleanEnvironment(): Env {
  const foreign =
    /^(CI|NO_COLOR|FORCE_COLOR|NODE_.*|INIT_CWD|npm_.*|VITEST.*|TEST|DB_.*|BACKUP_.*|DATABASE_URL|POSTGRES_.*|PG.*|MAKE.*|MFLAGS)$/i;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`;
  return { ...Object.fromEntries(kept), PATH: path, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' };
}

function launch(argv: readonly string[], env: Env, cwd: string, input: string | null = null): Running {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { env: env as NodeJS.ProcessEnv, cwd, detached: true, stdio: 'pipe' });
  if (input !== null) child.stdin.end(input);
  return watch(child, file);
}

function watch(child: ChildProcessWithoutNullStreams, file: string): Running {
  child.stdin.on('error', () => {});
  const texts = { stdout: '', stderr: '' };
  let all = '';
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
      all += text;
    });
  }
  let over = false;
  const ended = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => {
    over = true;
    return {
      exitCode: typeof code === 'number' ? code : 128 + constants.signals[signal as NodeJS.Signals],
      ...texts,
    };
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} does not start`);
  const shows = async (text: string | RegExp, limitMs = 60_000): Promise<void> => {
    const found = (): boolean => {
      const plain = stripVTControlCharacters(all);
      return typeof text === 'string' ? plain.includes(text) : text.test(plain);
    };
    for (const started = Date.now(); !found(); await sleep(10)) {
      if (over || Date.now() - started > limitMs)
        throw new Error(`${over ? 'It ended' : 'It goes on'} without ${String(text)}:\n${all}`);
    }
  };
  return {
    pid,
    ended,
    output: () => all,
    shows,
    kill: (signal) => void child.kill(signal),
    killGroup: (signal) => {
      if (!over) process.kill(-pid, signal);
    },
  };
}

/** By `script` of util-linux (bsdutils): what is typed goes to a pseudo-terminal of the program's own. */
function openTerminal(argv: readonly string[], env: Env, cwd: string, columns: number): Terminal {
  const line = `stty cols ${columns} rows 40; exec ${shellWords(...argv)}`;
  const child = spawn('script', ['-q', '-e', '-c', line, '/dev/null'], {
    env: { ...env, SHELL: '/bin/sh' } as NodeJS.ProcessEnv,
    cwd,
    detached: true,
    stdio: 'pipe',
  });
  return { ...watch(child, 'script'), type: (text) => void child.stdin.write(text) };
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
