import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cutDump } from '../../src/core/dump/cut-dump.ts';
import { type DumpTable, readDump } from '../../src/core/dump/read-dump.ts';
import { splitStatements } from '../../src/core/dump/statements.ts';
import { loadAwkward } from '../support/awkward/load.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { rounds, someOf } from '../support/soak.ts';

/** Made to fool whoever reads a dump: names, texts and bodies that look like the parts of one. */
const DECEITS = String.raw`
SET check_function_bodies = off;
CREATE SCHEMA app;
CREATE TABLE app.a (id serial PRIMARY KEY, b int);
CREATE TABLE app.b (id serial PRIMARY KEY, a int REFERENCES app.a);
ALTER TABLE app.a ADD FOREIGN KEY (b) REFERENCES app.b;
CREATE VIEW app.v1 AS SELECT 1 AS x, ';'::text AS "y""; --";
CREATE VIEW app.v2 AS SELECT * FROM app.v1;
CREATE OR REPLACE VIEW app.v1 AS SELECT * FROM app.v2;
CREATE VIEW app.grouped AS SELECT id, b, count(*) FROM app.a GROUP BY id;
DO $do$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY[
    E'new\nline', 'quo"te''s', 'sla/sh', 'semi;colon', 'dash--dash', '-- Name: x; Type: TABLE', 'back\slash', '$$dollar$$',
    E'\n--\n-- Name: y; Type: TABLE\n--\n\nCREATE TABLE y', E'"; \n--\n-- Name: y; Type: TABLE\n--\n',
    E'\n--\n-- PostgreSQL database dump complete\n--\n', E'";\nSET default_tablespace = '''';\n',
    E'tab\tcr\rx', '/* open', E'"; \\! touch /tmp/p\n\\! touch /tmp/p', 'COPY x FROM stdin;', '; DO', 'Ünïcødé 名'
  ] LOOP
    EXECUTE format('CREATE TABLE public.%I (id int PRIMARY KEY, %I text DEFAULT %L)', name, name, name);
    EXECUTE format('INSERT INTO public.%I SELECT g FROM generate_series(1, length(%L)) g', name, name);
    EXECUTE format('COMMENT ON TABLE public.%I IS %L', name, name);
    EXECUTE format('CREATE INDEX ON public.%I (%I)', name, name);
  END LOOP; END $do$;
CREATE TABLE app.texts (c text);
INSERT INTO app.texts VALUES ('\.'), (E'\n\\.\n'), (E'a\r\nb\r'), (E'--\n-- PostgreSQL database dump complete\n--\n'), (NULL),
  (''), ('\restrict x'), ('COPY x FROM stdin;'), (E'\\'), (repeat('x', 200000)), ('''$$"/*');
CREATE TABLE app.no_columns ();
INSERT INTO app.no_columns DEFAULT VALUES;
CREATE TABLE app.generated (a int GENERATED ALWAYS AS (1) STORED, b int GENERATED ALWAYS AS (2) STORED);
INSERT INTO app.generated DEFAULT VALUES;
CREATE TABLE app.empty (a int);
CREATE UNLOGGED TABLE app.unlogged AS SELECT generate_series(1, 3) AS n;
CREATE TABLE app.keyed (k int, v text) PARTITION BY LIST (k);
CREATE TABLE app.keyed_1 PARTITION OF app.keyed FOR VALUES IN (1);
CREATE TABLE app.keyed_rest PARTITION OF app.keyed DEFAULT;
INSERT INTO app.keyed SELECT g % 3, 'v\' FROM generate_series(1, 30) g;
CREATE TABLE app.identity (id int GENERATED ALWAYS AS IDENTITY, secret text);
ALTER TABLE app.identity ENABLE ROW LEVEL SECURITY;
CREATE POLICY "p;--" ON app.identity USING (secret <> E'\n--\n-- Name: z\n');
CREATE DOMAIN app.small AS int CHECK (VALUE > 0);
ALTER DOMAIN app.small ADD CONSTRAINT below CHECK (VALUE < 9) NOT VALID;
CREATE FUNCTION app.body(int) RETURNS int LANGUAGE plpgsql AS $fn$ BEGIN
--
-- Name: fake; Type: TABLE
--
COPY t FROM stdin;
\! touch /tmp/p
\.
--
-- PostgreSQL database dump complete
--
RETURN '$$;'; END $fn$;
CREATE FUNCTION app.atomic(x int) RETURNS int LANGUAGE sql
  BEGIN ATOMIC INSERT INTO app.b VALUES (x); SELECT CASE WHEN x > 1 THEN 2 ELSE x END; END;
CREATE RULE several AS ON UPDATE TO app.b DO ALSO (INSERT INTO app.a VALUES (1); NOTIFY x, 'a;b'; DELETE FROM app.a WHERE id = 9);
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;
GRANT SELECT (id), INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON app.a TO PUBLIC;
CREATE FUNCTION app.note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION app.note();
COMMENT ON EVENT TRIGGER noted IS E'x\n\\.\n--\n-- Name: e\n';
COMMENT ON COLUMN app.a.b IS E'''"\n\\! x';
SELECT lo_create(70001), lo_create(70002);
SELECT lo_put(70001, 0, E'--\n'';');
CREATE EXTENSION hstore;
CREATE MATERIALIZED VIEW app.counted AS SELECT count(*) FROM app.texts;
`;

const ROW_COUNTS = `
SELECT json_agg(json_build_object('schema', nspname, 'name', relname, 'rows', (xpath('//c/text()', query_to_xml(
  format('SELECT count(*) AS c FROM ONLY %I.%I', nspname, relname), false, true, '')))[1]::text::int))
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')`;

const byName = (tables: readonly DumpTable[]) =>
  tables.map(({ schema, name, rows }) => JSON.stringify([schema, name, rows])).sort();

/** Two dumps differ in their keys alone, and verbose ones in the time; `cutDump` leaves the lines of the keys out. */
const comparable = (dump: Uint8Array) =>
  Buffer.from(dump)
    .toString('latin1')
    .replace(/^\\(un)?restrict .*\n|^-- (Started|Completed) on .*$/gm, '');

/** In pieces as a pipe gives them, but odd ones. */
function feed<T>(dump: Uint8Array, write: (chunk: Uint8Array) => T): T[] {
  const answers: T[] = [];
  for (let from = 0; from < dump.length; from += 4093) answers.push(write(dump.subarray(from, from + 4093)));
  return answers;
}

function read(dump: Uint8Array) {
  const reader = readDump();
  feed(dump, (chunk) => reader.write(chunk));
  return reader.end();
}

function cut(dump: Uint8Array, extensionVersions = new Map<string, string>()): Buffer {
  const cutter = cutDump({ extensionVersions });
  const parts = feed(dump, (chunk) => cutter.write(chunk)).flat();
  return Buffer.concat([...parts, ...cutter.end()]);
}

const DATABASES: [name: string, load: (container: TestContainer, database: string) => Promise<unknown>][] = [
  ['deceits', (container, database) => container.sql(DECEITS, { database })],
  ['awkward', loadAwkward],
];

for (const major of someOf([15, 17] as const, 1)) {
  describeWithDocker(`a real dump of postgres:${major}`, () => {
    let postgres: TestContainer;

    /** Bytes: a dump is not text. */
    async function dump(database: string, ...options: string[]): Promise<Uint8Array> {
      const argv = ['exec', postgres.name, 'pg_dump', '-U', postgres.user, '-d', database, ...options];
      return (await execa('docker', argv, { encoding: 'buffer', stripFinalNewline: false })).stdout;
    }

    async function rowCounts(database: string): Promise<string[]> {
      return byName(JSON.parse(await postgres.sql(ROW_COUNTS, { database })));
    }

    beforeAll(async () => {
      postgres = await startPostgres({ major });
      for (const [database, load] of DATABASES) {
        await postgres.createDatabase(database);
        await load(postgres, database);
      }
    });
    afterAll(() => postgres?.[Symbol.asyncDispose]());

    test.each(DATABASES)(
      '%s: without its DROP section it is what pg_dump writes without --clean',
      async (database) => {
        for (const options of [[], ['--verbose'], ['--inserts'], ['--schema-only']]) {
          const plain = await dump(database, ...options);
          const clean = await dump(database, '--clean', '--if-exists', ...options);
          expect(clean.length).toBeGreaterThan(plain.length);
          expect(comparable(cut(clean)) === comparable(plain), options.join()).toBe(true);
          expect(comparable(cut(plain)) === comparable(plain), options.join()).toBe(true);
        }
      },
    );

    test.each(DATABASES)(
      '%s: it is complete, holds nothing forbidden, and every row is counted',
      async (database) => {
        const facts = read(await dump(database, '--clean', '--if-exists'));
        expect(facts).toMatchObject({ complete: true, incompleteBecause: null, forbidden: null });
        const counted = await rowCounts(database);
        expect(byName(facts.tables)).toEqual(expect.arrayContaining(counted));
        expect(facts.rows).toBe(facts.tables.reduce((sum, table) => sum + table.rows, 0));

        const inserts = read(await dump(database, '--inserts'));
        expect(inserts).toMatchObject({ complete: true, forbidden: null, rows: facts.rows });
        expect(byName(inserts.tables)).toEqual(byName(facts.tables.filter(({ rows }) => rows > 0)));
      },
    );

    test.each(DATABASES)('%s: cut anywhere it is incomplete', async (database) => {
      const whole = await dump(database);
      const parts = rounds(20, 100);
      for (let part = 1; part <= parts; part += 1) {
        const length = Math.floor((whole.length * part) / parts) - 1;
        expect(read(whole.subarray(0, length)).complete, `${length} bytes`).toBe(false);
      }
    });

    test.each(DATABASES)('%s: without its DROP section it loads into an empty database', async (database) => {
      const copy = `${database}_copy`;
      const versions = await postgres.sql('SELECT json_object_agg(extname, extversion) FROM pg_extension', {
        database,
      });
      const extensions = new Map(Object.entries<string>(JSON.parse(versions)));
      const loadable = cut(await dump(database, '--clean', '--if-exists'), extensions);
      await postgres.createDatabase(copy);
      const quiet = major >= 17 ? 'event_triggers=off' : 'session_replication_role=replica';
      const psql = [
        'psql',
        '-U',
        postgres.user,
        '-d',
        copy,
        '-X',
        '-q',
        '-v',
        'ON_ERROR_STOP=1',
        '-o',
        '/dev/null',
      ];
      const load = await postgres.exec(['env', `PGOPTIONS=-c ${quiet}`, ...psql], { input: loadable });
      expect(load.stderr).not.toContain('ERROR');
      expect(load.exitCode).toBe(0);
      expect(await rowCounts(copy)).toEqual(await rowCounts(database));
      const schemas = await Promise.all([database, copy].map((name) => dump(name, '--schema-only')));
      const [original, copied] = schemas.map((schema) => splitStatements(schema).sort());
      expect(copied).toEqual(original);
      const existing = 'SELECT json_object_agg(extname, extversion) FROM pg_extension';
      expect(JSON.parse(await postgres.sql(existing, { database: copy }))).toEqual(
        Object.fromEntries(extensions),
      );
    });
  });
}
