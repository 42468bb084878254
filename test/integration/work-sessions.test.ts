import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { dockerLauncher } from '../../src/database/docker/docker-launcher.ts';
import { type Client, postgresClient } from '../../src/database/postgres/client.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { type StartProcess, startProcess } from '../../src/process/process.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { docker } from '../support/docker.ts';
import { connectTo, dockerPorts, policy, quietRun } from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';

describeWithDocker('the psqls that stay for an operation', () => {
  let postgres: TestContainer;
  const clients: Client[] = [];

  beforeAll(async () => {
    postgres = await startPostgres({ database: 'app' });
  });
  afterAll(async () => {
    for (const { sessions } of clients) await sessions.end();
    await postgres?.[Symbol.asyncDispose]();
  });

  function client(start: StartProcess = startProcess): Client {
    const made = postgresClient(dockerLauncher(start, postgres.name, postgres.user, 1000));
    clients.push(made);
    return made;
  }

  const ask = (made: Client, sql: string, signal?: AbortSignal) =>
    made.sessions.run(made.work('app', ''), sql, 'Asking', signal);

  test('leave when it is over, and need not be ended by the server', async () => {
    const ports = await dockerPorts(postgres, 'app');
    await createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
    await systemClock.sleep(300);
    const { stdout, stderr } = await docker(['logs', postgres.name]);
    expect(stdout + stderr).not.toContain('terminating connection due to administrator command');
    await ports[Symbol.asyncDispose]();
  });

  test('an aborted question ends with its reason, and the next one is answered', async () => {
    const asking = client();
    await ask(asking, 'SELECT 1');
    const given = new AbortController();
    const asleep = ask(asking, 'SELECT pg_sleep(600)', given.signal);
    given.abort(new Error('enough'));
    await expect(asleep).rejects.toThrow('enough');
    expect(await ask(asking, 'SELECT 2')).toEqual(['2']);
  });

  test('a question that is given up leaves the psql to another one that waits for it', async () => {
    const asking = client();
    await ask(asking, 'SELECT 1');
    const given = new AbortController();
    const other = ask(asking, 'SELECT pg_sleep(0.5); SELECT pg_backend_pid()');
    const behind = ask(asking, 'SELECT 3', given.signal);
    given.abort(new Error('enough'));
    await expect(behind).rejects.toThrow('enough');
    const [, pid] = await other;
    expect(await ask(asking, 'SELECT pg_backend_pid()')).toEqual([pid]);
  });

  test('an abort that ends all that wait ends the psql', async () => {
    const asking = client();
    await ask(asking, 'SELECT 1');
    const given = new AbortController();
    const both = [ask(asking, 'SELECT pg_sleep(600)', given.signal), ask(asking, 'SELECT 2', given.signal)];
    given.abort(new Error('enough'));
    for (const one of both) await expect(one).rejects.toThrow('enough');
    expect(await ask(asking, 'SELECT 3')).toEqual(['3']);
  });

  test('an abort that meets a whole answer leaves no dead psql for the next question', async () => {
    const given = new AbortController();
    const asking = client((invocation) => {
      const child = startProcess(invocation);
      // Behind those of the session, so that it has the answer first.
      setImmediate(() => child.stdout.on('data', () => given.abort(new Error('enough'))));
      return child;
    });
    await expect(ask(asking, 'SELECT 1', given.signal)).rejects.toThrow('enough');
    expect(await ask(asking, 'SELECT 2')).toEqual(['2']);
  });

  test('without a question they wait in another database, and answer the next one from there', async () => {
    let started = 0;
    const asking = client((invocation) => {
      started += 1;
      return startProcess(invocation);
    });
    await ask(asking, 'SELECT 1');
    const there = `SELECT count(*) FROM pg_stat_activity WHERE datname = 'app'
      AND application_name = 'kubegram-work ${asking.runId}'`;
    expect(await postgres.sql(there, { database: 'postgres' })).toBe('1');
    await expect.poll(() => postgres.sql(there, { database: 'postgres' })).toBe('0');
    expect(await ask(asking, 'SELECT current_database()')).toEqual(['app']);
    expect(started).toBe(1);
  });

  test('a database that they were asked in can be renamed by others while the operation goes on', async () => {
    const ports = await dockerPorts(postgres, 'app');
    await using connection = await connectTo(ports, 'read');
    expect(await connection.live()).toMatchObject({ name: 'app' });
    const beside = { database: 'postgres' };
    await postgres.sql('ALTER DATABASE app RENAME TO theirs', beside);
    await postgres.sql('ALTER DATABASE theirs RENAME TO app', beside);
    expect(await connection.live()).toMatchObject({ name: 'app' });
    await ports[Symbol.asyncDispose]();
  });
});
