import { afterAll, beforeAll, expect, test } from 'vitest';
import { dockerLauncher } from '../../src/database/docker/docker-launcher.ts';
import { analyzeDatabase } from '../../src/database/postgres/analyze.ts';
import { postgresClient } from '../../src/database/postgres/client.ts';
import { startProcess } from '../../src/process/process.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { describeWithDocker } from '../support/require-docker.ts';

const filled = (name: string): string =>
  `CREATE TABLE ${name} AS SELECT n, repeat('x', 1500) AS body FROM generate_series(1, 25000) n;`;
const small = `CREATE TABLE "Small 1" (n int); INSERT INTO "Small 1" VALUES (1), (1);
  CREATE MATERIALIZED VIEW seen AS SELECT n FROM "Small 1";`;
const divided = `CREATE TABLE days (day date) PARTITION BY RANGE (day);
  CREATE TABLE day_1 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
  INSERT INTO days SELECT '2026-01-05' FROM generate_series(1, 100);`;

describeWithDocker('the statistics of a database', () => {
  let server: TestContainer;
  beforeAll(async () => {
    server = await startPostgres({ database: 'postgres' });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test.each([
    ['two large tables, in two sessions', filled('one') + filled('two') + small, 2],
    ['a large and a small one, in one', filled('one') + small, 1],
    ['what has partitions, in one', filled('one') + filled('two') + divided, 1],
  ])('are gathered of all that it has: %s', async (_, sql, sessions) => {
    await server.sql('DROP DATABASE IF EXISTS app WITH (FORCE)');
    await server.createDatabase('app');
    await server.sql('ALTER SYSTEM SET autovacuum = off');
    await server.sql('SELECT pg_reload_conf()');
    await server.sql(sql, { database: 'app' });
    let started = 0;
    const launcher = dockerLauncher(
      (invocation) => {
        started += 1;
        return startProcess(invocation);
      },
      server.name,
      'postgres',
      30_000,
    );
    const client = postgresClient(launcher);
    try {
      await analyzeDatabase(client, 'app', 2);
    } finally {
      await client.sessions.end();
    }
    expect(started).toBe(sessions);
    const unknown = `SELECT string_agg(relname, ', ') FROM pg_class
      WHERE relkind IN ('r', 'm', 'p') AND relnamespace = 'public'::regnamespace AND reltuples < 0`;
    expect(await server.sql(unknown, { database: 'app' })).toBe('');
    const known = `SELECT count(DISTINCT tablename) = (SELECT count(*) FROM pg_class
        WHERE relkind IN ('r', 'm', 'p') AND relnamespace = 'public'::regnamespace)
      FROM pg_stats WHERE schemaname = 'public'`;
    expect(await server.sql(known, { database: 'app' })).toBe('t');
  });
});
