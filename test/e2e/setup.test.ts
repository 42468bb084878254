import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyProject, type Env, type ProjectCopy } from '../support/cli.ts';

/** The machine's own Node, where it is one that the tool cannot run on (DESIGN: there are such machines). */
const systemPath = '/usr/local/bin:/usr/bin:/bin';
const olderNode = ((): string | undefined => {
  try {
    const version = execFileSync('node', ['--version'], {
      env: { PATH: systemPath },
      encoding: 'utf8',
    }).trim();
    const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
    return major < 24 || (major === 24 && minor < 15) ? version : undefined;
  } catch {
    return undefined;
  }
})();

const entries = [
  ['npm', 'run', '-s', 'db:status'],
  ['npm', 'run', '-s', 'restore', '--', 'latest'],
  ['./scripts/clear-database.sh', '--status-only'],
  ['./scripts/restore-database.sh', 'latest'],
];

describe('a clean clone', () => {
  let clone: ProjectCopy;
  // No container of this name is there: a command that starts at all ends with 3.
  // What only its developers need takes most of the time to install; these tests themselves run on it.
  const env: Env = {
    DB_CONTAINER: 'kubegram-no-such-container',
    npm_config_prefer_offline: 'true',
    npm_config_omit: 'dev',
  };
  const own: Env = olderNode === undefined ? {} : { PATH: systemPath };

  beforeAll(async () => {
    clone = await copyProject({ modules: false, env });
  });

  afterAll(() => clone?.[Symbol.asyncDispose]());

  test('before set-up, every entry says in one line what to type', async () => {
    for (const path of [own, {}]) {
      for (const argv of entries) {
        const { exitCode, stdout, stderr } = await clone.run(argv, path);
        expect({ argv, exitCode, stdout, stderr }).toEqual({
          argv,
          exitCode: 2,
          stdout: '',
          stderr: 'This clone is not set up yet. Type: make setup\n',
        });
      }
    }
  });

  test('without any Node, the scripts and make say so', async () => {
    const bin = await mkdtemp(join(tmpdir(), 'kubegram-bin-'));
    for (const tool of ['sh', 'dirname', 'make', 'sed', 'touch']) await symlink(which(tool), join(bin, tool));
    for (const argv of [['./scripts/clear-database.sh'], ['./scripts/restore-database.sh']]) {
      const { exitCode, stderr } = await clone.run(argv, { PATH: bin });
      expect({ exitCode, stderr }).toEqual({
        exitCode: 2,
        stderr: 'There is no Node on this machine. Install Node 20 or newer, then type: make setup\n',
      });
    }
    const made = await clone.run(['make', 'setup'], { PATH: bin });
    expect(made.exitCode).toBe(2);
    expect(made.stderr).toContain('There is no npm on this machine. Install Node 20 or newer');
    await rm(bin, { recursive: true });
  });

  test('offline, set-up fails with a clear message', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'kubegram-npm-'));
    const offline = {
      npm_config_registry: 'http://127.0.0.1:9',
      npm_config_cache: cache,
      npm_config_fetch_retries: '0',
    };
    const { exitCode, stderr } = await clone.run(['make', 'setup'], { ...own, ...offline });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('The packages could not be installed');
    expect(stderr).not.toMatch(/\n +at /);
    expect((await clone.run(['make', 'db-status'], { ...own, ...offline })).exitCode).toBe(2);
    await rm(cache, { recursive: true });
  });

  test('make setup prepares it; everything works then, also under the older Node', async () => {
    const setup = await clone.run(['make', 'setup'], own);
    expect(setup.exitCode, setup.stderr).toBe(0);
    for (const argv of entries) {
      const { exitCode, stderr } = await clone.run(argv, own);
      expect(stderr).not.toContain('set up');
      expect(argv.includes('./scripts/restore-database.sh') || exitCode === 3, stderr).toBe(true);
    }
    // A second time it does nothing: npm writes its list at each install.
    const list = join(clone.folder, 'node_modules/.package-lock.json');
    const installed = await stat(list);
    expect((await clone.run(['make', 'setup'], own)).exitCode).toBe(0);
    expect((await stat(list)).mtimeMs).toBe(installed.mtimeMs);
  }, 180_000);

  describe.runIf(olderNode !== undefined)(`with the machine's own Node ${olderNode}`, () => {
    const version = (): string =>
      execFileSync(join(clone.folder, 'node_modules/.bin/node'), ['--version'], { encoding: 'utf8' });

    test('Node 24 lies in .node and is what the commands use', () => {
      expect(existsSync(join(clone.folder, '.node', 'node_modules'))).toBe(true);
      expect(version()).toMatch(/^v24\./);
    });

    test('a clone that a newer Node prepared is mended by make setup', async () => {
      await rm(join(clone.folder, 'node_modules/.bin/node'));
      const before = await clone.run(['npm', 'run', '-s', 'db:status'], own);
      expect(before.stderr).toBe('This clone is not set up yet. Type: make setup\n');
      expect((await clone.run(['make', 'setup'], own)).exitCode).toBe(0);
      expect((await clone.run(['npm', 'run', '-s', 'db:status'], own)).exitCode).toBe(3);
    });

    test('where Node 24 cannot be fetched, it says what to do', async () => {
      await rm(join(clone.folder, '.node'), { recursive: true });
      await rm(join(clone.folder, 'node_modules/.bin/node'));
      const cache = await mkdtemp(join(tmpdir(), 'kubegram-npm-'));
      const offline = {
        npm_config_registry: 'http://127.0.0.1:9',
        npm_config_cache: cache,
        npm_config_fetch_retries: '0',
      };
      const { exitCode, stderr } = await clone.run(['make', 'setup'], { ...own, ...offline });
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(
        /needs Node 24 .* could not be fetched.*\nConnect to the network, or install Node 24/,
      );
      expect(stderr).not.toMatch(/\n +at /);
      await rm(cache, { recursive: true });
    });

    // `npm ci` is what `make setup` has done.
    test('npm install keeps it working', async () => {
      const installed = await clone.run(['npm', 'install', '--loglevel=error'], own);
      expect(installed.exitCode, installed.stderr).toBe(0);
      expect(version()).toMatch(/^v24\./);
      expect((await clone.run(['npm', 'run', '-s', 'db:status'], own)).exitCode).toBe(3);
    }, 180_000);
  });
});

function which(tool: string): string {
  return execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();
}
