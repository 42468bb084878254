import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { folderStore } from '../../src/store/folder-store.ts';
import { copyProject, type ProjectCopy } from '../support/cli.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { dockerPorts, failureOf, policy, quietRun } from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { serverTraces } from '../support/server-traces.ts';
import { actingAt } from '../support/small-disk.ts';
import { rounds, tellFigure } from '../support/soak.ts';
import { contentsOf, expectSound } from '../support/store-sets.ts';

const seconds = rounds(4, 60);
const keep = 2;

/** What the eight do again and again, each in a process of its own. */
const commands: Record<string, string[]> = {
  'a backup': ['backup'],
  'another backup': ['backup'],
  'a cleanup': ['cleanup', '--yes'],
  'a list': ['list'],
  'a status': ['status', '--backups'],
  'a verification': ['verify', 'latest'],
  'a deep verification': ['verify', 'latest', '--deep'],
  'a dry run of a restore': ['restore', 'latest', '--dry-run'],
};

interface SetFacts {
  state: string;
  because?: string;
}
interface Result {
  removed?: unknown[];
  backups?: SetFacts[] | { unverifiable: number; count: number };
  sets?: SetFacts[];
}

describeWithDocker('eight processes in one backup folder', () => {
  let server: TestContainer;
  let project: ProjectCopy;

  beforeAll(async () => {
    server = await startPostgres({ database: 'app' });
    await server.sql(
      `CREATE TABLE t AS SELECT n AS id, repeat(md5(n::text), 30) AS body FROM generate_series(1, 3000) n`,
    );
    project = await copyProject({
      env: { DB_CONTAINER: server.name, DB_NAME: 'app', BACKUP_KEEP: String(keep) },
    });
    for (let times = 0; times < keep; times++) await backUp();
  });
  afterAll(async () => {
    await project?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  /** Each has other content: of equal ones rotation would keep the newest alone. */
  async function backUp(): Promise<void> {
    await server.sql(`INSERT INTO t SELECT max(id) + 1, 'more' FROM t`);
    expect(await project.tool(['backup'])).toMatchObject({ exitCode: 0 });
  }

  /** What a reader was given: no set in it lacks a file. */
  function expectWhole(name: string, { backups, sets }: Result): void {
    const listed = [...(Array.isArray(backups) ? backups : []), ...(sets ?? [])];
    expect(
      listed.filter(({ state }) => state !== 'complete'),
      name,
    ).toEqual([]);
    if (/list|status/.test(name)) expect(listed.length, name).toBeGreaterThan(0);
    if (backups !== undefined && !Array.isArray(backups)) expect(backups.unverifiable).toBe(0);
  }

  /** Runs a command over and over; gives how often it was done, and how often told that somebody is at work. */
  async function repeat(name: string, argv: string[], until: number) {
    const ends = { done: 0, busy: 0, removed: 0 };
    while (Date.now() < until || ends.done === 0) {
      if (argv[0] === 'backup') await server.sql(`INSERT INTO t SELECT max(id) + 1, 'more' FROM t`);
      const { exitCode, stdout, stderr } = await project.tool([...argv, '--json']);
      if (exitCode === 5) {
        expect(JSON.parse(stderr), name).toMatchObject({ error: { code: 'busy' } });
        ends.busy += 1;
        continue;
      }
      expect(exitCode, `${name}: ${stderr}`).toBe(0);
      const result = JSON.parse(stdout) as Result;
      expectWhole(name, result);
      ends.done += 1;
      ends.removed += result.removed?.length ?? 0;
    }
    return ends;
  }

  test('whose backup is rotated out under it, a verification stands, and a load is told so', async () => {
    await using ports = await dockerPorts(server, 'app');
    const backUpAlone = () => createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
    const removed = (name: string): void => rmSync(join(ports.folder, name));
    const rotate = (id: string) => (): void =>
      [`${id}.json`, `${id}.sql`, `${id}_tables.txt`].forEach(removed);
    const first = (await backUpAlone()).set.id;
    const proof = await verifyBackup(
      ports,
      { backup: first, deep: false },
      actingAt('Checking', rotate(first)),
    );
    expect(proof.level).toBe('hash');
    expect(proof.warnings.join()).toContain('The proof was not written down: There is no backup');

    const second = (await backUpAlone()).set.id;
    const meanwhile = actingAt('Restoring into a scratch database', rotate(second));
    expect(await failureOf(verifyBackup(ports, { backup: second, deep: true }, meanwhile))).toMatchObject({
      code: 'busy',
      message: `Another operation removed ${second} while it was to be read.`,
    });
    expect(await serverTraces(server, 'app')).toEqual({ left: [], undoPoints: [] });
  }, 120_000);

  test(`end with success or busy for ${seconds} s, no reader misses a file, and the rule holds at the end`, async () => {
    const until = Date.now() + seconds * 1000;
    const all = await Promise.allSettled(
      Object.entries(commands).map(([name, argv]) => repeat(name, argv, until)),
    );
    const ends = all.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    const sum = (what: 'done' | 'busy' | 'removed') => ends.reduce((total, one) => total + one[what], 0);
    expect(sum('removed')).toBeGreaterThan(0);

    const store = folderStore(project.backups, systemClock);
    await expectSound(store);
    const sets = await store.list();
    expect(sets).toHaveLength(keep);
    const files = sets.flatMap(({ id }) => [`${id}.json`, `${id}.sql`, `${id}_tables.txt`]);
    expect(Object.keys(await contentsOf(project.backups)).sort()).toEqual([...files, 'README.md'].sort());
    for (const { id } of sets) expect(await project.tool(['verify', id])).toMatchObject({ exitCode: 0 });
    expect(await serverTraces(server, 'app')).toEqual({ left: [], undoPoints: [] });
    tellFigure(
      'eight processes in one folder',
      `${sum('done')} commands done and ${sum('busy')} told that it is busy in ${seconds} s; ${sum('removed')} backups rotated out, no reader missed a file`,
    );
  }, 300_000);
});
