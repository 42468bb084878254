import { expect, test } from 'vitest';
import { createBackup } from '../../src/operations/backup.ts';
import { startPostgres } from '../support/container.ts';
import { dockerPorts, policy, quietRun, restore, withoutDebris } from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { rounds } from '../support/soak.ts';

/** A server as it comes has 64 locks for each of 100 connections; the quick form's has a ninth of them. */
const [locks, connections] = [rounds(24, 64), rounds(12, 100)];
/** Nearly as many as the server has locks: pg_dump locks them all. */
const tables = rounds(640, 6000);

/** The n-th table has n % 4 rows. */
const make = `DO $$ BEGIN FOR n IN 1..${tables} LOOP
  EXECUTE format('CREATE TABLE t_%s (id int PRIMARY KEY, body text)', n);
  EXECUTE format('INSERT INTO t_%s SELECT g, %L FROM generate_series(1, %s) g', n, 'row of ' || n, n % 4);
  COMMIT; END LOOP; END $$`;

/** Each table with its rows and a digest of them, by the server's own count, a transaction a table. */
const count = `
CREATE TEMP TABLE found (name text, rows int, digest text);
DO $$ DECLARE one text; BEGIN FOR one IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
  EXECUTE format('INSERT INTO found SELECT %L, count(*), md5(coalesce(string_agg(t::text, %L ORDER BY id), %L)) FROM public.%I t', one, ',', '', one);
  COMMIT; END LOOP; END $$;
SELECT count(*), sum(rows), count(*) FILTER (WHERE rows = substr(name, 3)::int % 4), md5(string_agg(name || digest, ',' ORDER BY name)) FROM found`;

describeWithDocker('a database of very many tables, nearly as many as the server has locks', () => {
  test('is backed up and restored, beside and in place, every table with its rows', async () => {
    await using postgres = await startPostgres({
      database: 'app',
      args: ['-c', `max_locks_per_transaction=${locks}`, '-c', `max_connections=${connections}`],
    });
    await postgres.sql(make);
    const expected = await postgres.sql(count);
    expect(expected).toMatch(new RegExp(`^${tables}\\|${(tables / 4) * 6}\\|${tables}\\|`));
    await using ports = await dockerPorts(postgres, 'app');

    const { set } = await createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
    expect(set.manifest.total_records).toBe((tables / 4) * 6);
    expect(set.manifest.tables).toHaveLength(tables);
    const wrong = set.manifest.tables.filter(({ name, rows }) => rows !== Number(name.slice(2)) % 4);
    expect(wrong).toEqual([]);

    await restore(ports, { into: 'beside' });
    expect(await postgres.sql(count, { database: 'beside' })).toBe(expected);

    await postgres.sql('DELETE FROM t_7; DROP TABLE t_8; CREATE TABLE more (id int)');
    const { changes, exact } = await restore(ports, { safetyBackup: false });
    // Where so many counts take longer than a preview may, the rows are estimates; which tables there are is not.
    const seen = exact ? changes : changes.filter(({ before, after }) => before === null || after === null);
    expect(seen.map(({ name }) => name).sort()).toEqual(exact ? ['more', 't_7', 't_8'] : ['more', 't_8']);
    expect(await postgres.sql(count)).toBe(expected);
    expect(await withoutDebris(postgres)).toEqual([]);
  });
});
