import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { benchSql } from '../../bench/data.ts';
import { copyProject, type Ended, type ProjectCopy, type Running } from '../support/cli.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { docker } from '../support/docker.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { numbersOf, seed } from '../support/seed.ts';
import { rounds, someOf } from '../support/soak.ts';

const operations = {
  backup: ['backup'],
  restore: ['restore', 'latest', '--confirm=kubegram'],
  clear: ['clear', '--confirm=kubegram'],
  undo: ['undo', '--confirm=kubegram'],
  verify: ['verify', 'latest', '--deep'],
};
type Operation = keyof typeof operations;

const scripts: Record<Operation, string> = {
  backup: 'db:backup',
  restore: 'db:restore',
  clear: 'db:clear',
  undo: 'db:undo',
  verify: 'backup:verify',
};
const targets: Record<Operation, string> = {
  backup: 'db-backup',
  restore: 'restore-db',
  clear: 'clear-db',
  undo: 'undo-db',
  verify: 'backup-verify',
};

/** What the output says where the operation was done before the signal. */
const said: Record<Operation, RegExp> = {
  backup: /Backed up kubegram/,
  restore: /Restored kubegram/,
  clear: /Cleared kubegram/,
  undo: /Undone: kubegram/,
  verify: /Verified /,
};

describeWithDocker(`signals (KUBEGRAM_TEST_SEED=${seed})`, () => {
  let project: ProjectCopy;
  let server: TestContainer;
  const lasts = new Map<Operation, number>();
  const random = numbersOf(seed);

  const direct = (operation: Operation): string[] => [
    process.execPath,
    'scripts/start.js',
    ...operations[operation],
  ];
  const byNpm = (operation: Operation): string[] => [
    'npm',
    'run',
    '-s',
    scripts[operation],
    '--',
    ...operations[operation].slice(1),
  ];
  const byMake = (operation: Operation): string[] => [
    'make',
    targets[operation],
    `ARGS=${operations[operation].slice(1).join(' ')}`,
  ];

  /** The live database in a line: its rows, and a value that tells live from backup. */
  const state = (): Promise<string> =>
    server.sql(`SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM orders),
      (SELECT count(*) FROM documents), (SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'), (SELECT max(value) FROM origin)`);

  beforeAll(async () => {
    server = await startPostgres();
    await server.sql(`${benchSql(rounds(12, 20))} CREATE TABLE origin AS SELECT 'backup' AS value`);
    project = await copyProject({ env: { DB_CONTAINER: server.name } });
    expect((await project.tool(['backup'])).exitCode).toBe(0);
    // Every operation once, to know how long it takes; undo twice, so that all is as it was.
    await server.sql("UPDATE origin SET value = 'live'");
    for (const operation of ['backup', 'restore', 'verify', 'clear', 'undo'] as const) {
      const started = performance.now();
      const ended = await project.run(direct(operation));
      expect(ended.exitCode, ended.stderr).toBe(0);
      lasts.set(operation, performance.now() - started);
    }
    expect((await project.tool(['pin', 'latest'])).exitCode).toBe(0);
  });

  afterAll(async () => {
    await project?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  /** A moment while the operation is at work: after the start of node, before its usual end. */
  const moment = (operation: Operation, startMs: number): number =>
    startMs + random() * Math.max(100, (lasts.get(operation) ?? 0) - 200);

  /** @param forced Ended at once: a swap that had begun is finished by the server, with nobody left to say so. */
  async function expectOrder(
    operation: Operation,
    before: string,
    ended: Ended,
    at: string,
    forced = false,
  ): Promise<void> {
    const output = stripVTControlCharacters(`${ended.stdout}${ended.stderr}`);
    const about = `${operation} ${at}\n${output}`;
    const after = await state();
    if (after !== before) {
      expect(['restore', 'clear', 'undo'], about).toContain(operation);
      if (operation === 'clear') expect(after, about).toMatch(/^0\|0\|0\|/);
      else expect(after.split('|').slice(0, 3), about).not.toContain('');
      expect(after.split('|')[3], about).toBe(before.split('|')[3]);
      if (!forced) expect(output, about).toMatch(said[operation]);
    }
    expect(output, about).not.toMatch(/\n +at |node:internal|unsettled/);
    const sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'kubegram-%'";
    await expect
      .poll(() => server.sql(sessions), { timeout: rounds(30_000, 2500), message: about })
      .toBe('0');
    const running = await docker(['inspect', '-f', '{{.State.Running}}', server.name]);
    expect(running.stdout.trim(), about).toBe('true');
  }

  async function leftovers(): Promise<string[]> {
    const databases = await server.sql(
      "SELECT datname FROM pg_database WHERE datname ~ '__kubegram_(shadow|scratch)'",
    );
    const files = (await readdir(project.backups)).filter((name) => /partial|removing/.test(name));
    return [...databases.split('\n'), ...files].filter((name) => name !== '');
  }

  /** Brings the marked, full live database back. */
  async function reset(): Promise<string> {
    if ((await state()).startsWith('0|')) expect((await project.tool(operations.undo)).exitCode).toBe(0);
    await server.sql("UPDATE origin SET value = 'live'");
    return state();
  }

  const all = Object.keys(operations) as Operation[];
  const kinds: [string, (operation: Operation) => Promise<Ended>, number[], Operation[]?][] = [
    [
      'SIGINT to node',
      (operation) => interrupted(operation, project.start(direct(operation)), 'SIGINT'),
      [130],
    ],
    [
      'SIGTERM to node',
      (operation) => interrupted(operation, project.start(direct(operation)), 'SIGTERM'),
      [143],
    ],
    [
      'SIGTERM to npm',
      (operation) => interrupted(operation, project.start(byNpm(operation)), 'SIGTERM', 350),
      [143],
      ['backup', 'clear'],
    ],
    ['Ctrl-C under npm', (operation) => typed(operation, byNpm(operation), 350), [130]],
    [
      'Ctrl-C under make',
      (operation) => typed(operation, byMake(operation), 250),
      [2, 130],
      ['restore', 'undo', 'verify'],
    ],
    ['Ctrl-C twice', (operation) => typedTwice(operation), [130]],
  ];

  async function interrupted(
    operation: Operation,
    running: Running,
    signal: NodeJS.Signals,
    startMs = 200,
  ): Promise<Ended> {
    await sleep(moment(operation, startMs));
    running.kill(signal);
    return running.ended;
  }

  async function typed(operation: Operation, argv: string[], startMs: number): Promise<Ended> {
    const terminal = project.terminal(argv);
    await sleep(moment(operation, startMs));
    terminal.type('\u0003');
    return terminal.ended;
  }

  async function typedTwice(operation: Operation): Promise<Ended> {
    const terminal = project.terminal(direct(operation));
    await sleep(moment(operation, 200));
    terminal.type('\u0003');
    await sleep(320);
    terminal.type('\u0003');
    return terminal.ended;
  }

  const cases = kinds.flatMap(([kind, run, codes, some = all], at) =>
    someOf(some, 1, at).map((operation) => ({ kind, run, codes, operation })),
  );

  test.each(cases)('$kind during $operation', async ({ kind, run, codes, operation }) => {
    const before = await reset();
    const started = performance.now();
    const ended = await run(operation);
    const at = `${kind} (${Math.round(performance.now() - started)} ms)`;
    expect([0, ...codes], `${operation} ${at}\n${ended.stdout}${ended.stderr}`).toContain(ended.exitCode);
    await expectOrder(operation, before, ended, at, kind === 'Ctrl-C twice');
    // npm passes a Ctrl-C on that the terminal has sent already: the two are one, and the end is orderly.
    if (kind === 'Ctrl-C under npm' && /Giving up/.test(ended.stdout))
      expect(ended.stdout).toMatch(/Interrupted\.|already done/);
    if (kind === 'Ctrl-C twice') expect((await project.tool(['status'])).exitCode).toBe(0);
    expect(await leftovers(), at).toEqual([]);
  });

  test.each(someOf(all, 1, kinds.length))(
    'SIGKILL during %s: the next status puts all in order',
    async (operation) => {
      const before = await reset();
      const running = project.start(direct(operation));
      await sleep(moment(operation, 250));
      running.kill('SIGKILL');
      const killed = await running.ended;
      const status = await project.tool(['status']);
      expect(status.exitCode, status.stderr).toBe(0);
      await expectOrder(operation, before, killed, 'SIGKILL', killed.exitCode !== 0);
      expect(await leftovers(), status.stdout).toEqual([]);
    },
  );

  test('the last backup is there, whole, and the database can be restored from it', async () => {
    const restored = await project.tool(operations.restore);
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(await state()).toMatch(/\|(live|backup)$/);
  });
});
