import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cutDump } from '../../src/core/dump/cut-dump.ts';
import { createBackup } from '../../src/operations/backup.ts';
import type { Run } from '../../src/operations/run.ts';
import { type StartProcess, startProcess } from '../../src/process/process.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { cutInput } from '../support/cut-input.ts';
import { databaseDigest } from '../support/database-digest.ts';
import {
  type DockerPorts,
  dockerPorts,
  failureOf,
  policy,
  quietRun,
  restore,
  withoutDebris,
} from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';

/** Indexes that a restore can only build where two of them are at work at once. */
const MEETING = `
CREATE FUNCTION meets(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE beside int;
BEGIN
  IF current_database() = 'app' OR current_query() !~ 'CREATE INDEX' THEN RETURN n; END IF;
  FOR attempt IN 1..200 LOOP
    PERFORM pg_stat_clear_snapshot();
    SELECT count(*) INTO beside FROM pg_stat_activity
      WHERE datname = current_database() AND state = 'active' AND query ~ 'CREATE INDEX meets_';
    IF beside >= 2 THEN PERFORM pg_sleep(0.3); RETURN n; END IF;
    PERFORM pg_sleep(0.05);
  END LOOP;
  RAISE EXCEPTION 'no other index is built beside this one';
END $$;
CREATE TABLE t (id int, body text); INSERT INTO t VALUES (1, 'x');
CREATE TABLE u (id int); INSERT INTO u VALUES (1);
CREATE INDEX meets_a ON t (meets(id)); CREATE INDEX meets_b ON u (meets(id));`;

const INDEXES = `
CREATE SCHEMA other; CREATE TABLE other."a;b" (id int NOT NULL, body text, tags text[]);
INSERT INTO other."a;b" SELECT n, 'body ' || n, ARRAY['t' || n % 7] FROM generate_series(1, 5000) n;
ALTER TABLE other."a;b" ADD CONSTRAINT "the key;" PRIMARY KEY (id);
ALTER TABLE other."a;b" ADD UNIQUE (body) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "one;
--" ON other."a;b" USING gin (tags);
CREATE INDEX two ON other."a;b" (lower(body)) WHERE id % 2 = 0;
CREATE UNIQUE INDEX three ON other."a;b" (id DESC, body) INCLUDE (tags);
ALTER TABLE other."a;b" CLUSTER ON three; ALTER TABLE other."a;b" REPLICA IDENTITY USING INDEX "the key;";
COMMENT ON INDEX other.three IS 'CREATE INDEX x ON other.t (a);';
CREATE TABLE parts (id int PRIMARY KEY, at date) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
CREATE TABLE part_2 PARTITION OF parts FOR VALUES FROM (100) TO (200);
INSERT INTO parts SELECT n, DATE '2024-01-01' + n FROM generate_series(1, 199) n; CREATE INDEX parts_at ON parts (at);
CREATE TABLE heir (extra int, PRIMARY KEY (id)) INHERITS (other."a;b"); CREATE INDEX heir_extra ON heir (extra);
CREATE TABLE refers (id int REFERENCES other."a;b", UNIQUE (id)); INSERT INTO refers VALUES (7);
CREATE MATERIALIZED VIEW seen AS SELECT id, body FROM other."a;b"; CREATE UNIQUE INDEX seen_id ON seen (id);`;

const indexes = `SELECT json_agg(json_build_array(pg_get_indexdef(indexrelid), indisvalid, indisready, indisclustered,
  indisreplident, indisprimary, obj_description(indexrelid, 'pg_class')) ORDER BY indexrelid::regclass::text)
  FROM pg_index WHERE indrelid >= 16384 AND indexrelid::regclass::text !~ '^pg_toast'`;

/** SQL that only a shadow refuses: the live database took it. */
const elsewhere = (then: string): string =>
  `IF current_database() <> 'app' AND current_query() ~ 'CREATE INDEX' THEN ${then} END IF; RETURN n;`;
const routine = (name: string, body: string): string =>
  `CREATE FUNCTION ${name}(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;`;
const FAILING = `
${routine('sleeps', elsewhere('PERFORM pg_sleep(60);'))}
${routine('fails', elsewhere(`PERFORM pg_sleep(1); RAISE EXCEPTION 'not in a shadow';`))}
CREATE TABLE t (id int); INSERT INTO t VALUES (1); CREATE TABLE u (id int); INSERT INTO u VALUES (1);
CREATE INDEX a_sleeps ON t (sleeps(id)); CREATE INDEX b_fails ON u (fails(id));`;

/** Indexes that take a tenth of a second for each page, where a restore builds them. */
const CRAWLING = `
${routine('crawls', elsewhere('PERFORM pg_sleep(0.1);'))}
CREATE TABLE t (id int, body text); ALTER TABLE t ALTER body SET STORAGE PLAIN;
INSERT INTO t SELECT n, repeat('x', 5000) FROM generate_series(1, 40) n;
CREATE INDEX crawls_a ON t (crawls(id)); CREATE INDEX crawls_b ON t (crawls(id + 1));`;

/** Real processes, of which those whose arguments or variables hold a text cannot be started after the first. */
function onlyOne(count: { of: number }): StartProcess {
  return (invocation) => {
    const loads = JSON.stringify(invocation).includes('__kubegram_shadow_') && invocation.args.includes('-');
    const settings = JSON.stringify(invocation).includes('lc_monetary=C');
    if (loads && settings) count.of += 1;
    return startProcess(count.of > 1 && loads && settings ? { ...invocation, args: ['exec'] } : invocation);
  };
}

describeWithDocker('a load in several sessions, postgres:17', () => {
  let postgres: TestContainer;
  let ports: DockerPorts;

  beforeAll(async () => {
    postgres = await startPostgres({ major: 17 });
  });
  beforeEach(async () => {
    await postgres.sql('DROP DATABASE IF EXISTS app WITH (FORCE)', { database: 'postgres' });
    await postgres.createDatabase('app');
    ports = await dockerPorts(postgres, 'app');
    return () => ports[Symbol.asyncDispose]();
  });
  afterAll(() => postgres?.[Symbol.asyncDispose]());

  const prepare = async (content: string) => {
    await postgres.sql(content, { database: 'app' });
    return createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
  };

  test('builds indexes beside each other', async () => {
    await prepare(MEETING);
    await restore(ports, { safetyBackup: false });
    expect(await withoutDebris(postgres)).toEqual([]);
  });

  test('gives every index as it was, valid, with all that hangs on it', async () => {
    await prepare(INDEXES);
    const before = await databaseDigest(postgres, 'app');
    const defined = await postgres.sql(indexes, { database: 'app' });
    await restore(ports, { safetyBackup: false });
    expect(await postgres.sql(indexes, { database: 'app' })).toBe(defined);
    expect(await databaseDigest(postgres, 'app')).toEqual(before);
  });

  test('fails with the first index that fails, says which, and leaves no session and no shadow', async () => {
    await prepare(FAILING);
    const started = performance.now();
    const failure = await failureOf(restore(ports, { safetyBackup: false }));
    expect(failure).toMatchObject({
      code: 'restore-failed',
      message: expect.stringMatching(
        /^The SQL of the backup failed: not in a shadow \(line \d+ of what was loaded\)\.$/,
      ),
    });
    expect(performance.now() - started).toBeLessThan(30_000);
    expect(await withoutDebris(postgres)).toEqual([]);
  });

  test('names the line of a statement behind indexes that another session built', async () => {
    const { set } =
      await prepare(`CREATE TABLE t (id int, CONSTRAINT k PRIMARY KEY (id)); CREATE TABLE u (id int UNIQUE); CREATE TABLE v (id int);
      ${routine('fails', elsewhere(`RAISE EXCEPTION 'not in a shadow';`))}
      INSERT INTO t VALUES (1); CREATE INDEX i ON t (id); CREATE INDEX j ON u (id); COMMENT ON INDEX i IS 'x'; COMMENT ON INDEX j IS 'x'; INSERT INTO v VALUES (1);
      CREATE INDEX l ON v (fails(id)); COMMENT ON INDEX l IS 'y'`);
    const failure = await failureOf(restore(ports, { safetyBackup: false }));
    const cutter = cutDump({ extensionVersions: new Map() });
    const loaded = [...cutter.write(await readFile(join(ports.folder, set.dataFile))), ...cutter.end()];
    const lines = Buffer.concat(loaded).toString().split('\n');
    // Counted from one, behind the line that locks out the commands of psql.
    const line = lines.findIndex((text) => text.startsWith('CREATE INDEX l ')) + 2;
    expect(failure.message).toContain(`not in a shadow (line ${line} of what was loaded)`);
  });

  test('takes a session whose input was cut off for no success', async () => {
    await prepare(INDEXES);
    for (const text of ['CREATE INDEX two', 'CREATE INDEX parts_at', "COPY (SELECT 'the end"]) {
      await using cut = await dockerPorts(postgres, 'app', { folder: ports.folder, start: cutInput(text) });
      const failure = await failureOf(restore(cut, { safetyBackup: false }));
      expect(failure.message, text).toBe('The load ended before all of the SQL had arrived.');
      expect(await withoutDebris(postgres)).toEqual([]);
    }
  });

  test('tells how far its indexes are while they are built, by what the server says', async () => {
    await prepare(CRAWLING);
    const shares: number[] = [];
    const onProgress: Run['onProgress'] = ({ phase, share, parts }) => {
      if (phase === 'Building indexes' && parts?.done === 0) shares.push(share ?? Number.NaN);
    };
    await restore(ports, { safetyBackup: false }, { ...quietRun(), onProgress });
    expect(shares.toSorted((one, other) => one - other)).toEqual(shares);
    expect(new Set(shares).size).toBeGreaterThan(2);
    expect(shares.at(-1)).toBeGreaterThan(0.2);
    expect(await withoutDebris(postgres)).toEqual([]);
  });

  test('loads where the server cannot be asked how far it is', async () => {
    await prepare(CRAWLING);
    const before = await databaseDigest(postgres, 'app');
    await postgres.sql('DROP DATABASE postgres WITH (FORCE)', { database: 'app' });
    try {
      await restore(ports, { safetyBackup: false });
    } finally {
      await postgres.sql('CREATE DATABASE postgres', { database: 'app' });
    }
    expect(await databaseDigest(postgres, 'app')).toEqual(before);
  });

  test('loads by one session where the server has no room for another', async () => {
    await prepare(INDEXES);
    const before = await databaseDigest(postgres, 'app');
    const count = { of: 0 };
    await using alone = await dockerPorts(postgres, 'app', { folder: ports.folder, start: onlyOne(count) });
    await restore(alone, { safetyBackup: false });
    expect(count.of).toBe(2);
    expect(await databaseDigest(postgres, 'app')).toEqual(before);
    expect(await withoutDebris(postgres)).toEqual([]);
  });
});
