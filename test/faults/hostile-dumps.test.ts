import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startPostgres } from '../support/container.ts';
import { dockerPorts, failureOf, restore } from '../support/docker-ports.ts';
import { disagreements, passes, unguardedDump } from '../support/hostile-readings.ts';
import { CANARY, hostileBody } from '../support/hostile-texts.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { seed } from '../support/seed.ts';
import { rounds, tellFigure } from '../support/soak.ts';
import { read } from '../unit/core/dump/dumps.ts';

const versions = [15, 17] as const;
const data = `COPY public.copied (a) FROM stdin;\n${CANARY}\n\\.\n`;

/** Where psql sees one statement and a reader two, what is COPY data to the reader is commands to psql. */
const deceits: [string, string][] = [
  ['a variable between CREATE and FUNCTION', `CREATE :x FUNCTION begin(); ${data}END;\n`],
  ['a tested variable there', `CREATE :{?x} FUNCTION begin(); ${data}END;\n`],
  ['a variable in quotes there', `CREATE :'x' FUNCTION begin(); ${data}END;\n`],
  ['a Unicode name there', `CREATE U&"x" FUNCTION begin(); ${data}END;\n`],
  ['an E string there', `CREATE E'x' FUNCTION begin(); ${data}END;\n`],
  ['an N string there', `CREATE N'x' PROCEDURE begin(); ${data}END;\n`],
  ['a bit string between OR and REPLACE', `CREATE OR B'1' REPLACE FUNCTION begin(); ${data}END;\n`],
  ['a quoted name there', `CREATE "x" OR REPLACE FUNCTION begin(); ${data}END;\n`],
  ['an END that is a variable', `CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 :end; ${data}END;\n`],
  [
    'an END whose presence is tested',
    `CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 :{?end}; ${data}END;\n`,
  ],
  ['a word that begins in a number', `CREATE FUNCTION f() RETURNS int AS 1begin; ${data}END;\n`],
  [
    'an empty statement behind COPY data',
    `COPY public.copied (a) FROM stdin;\n\\.\n;\nCOMMENT ON TABLE public.t IS 'lost';\n`,
  ],
];

describeWithDocker('a hostile dump', () => {
  test.each(deceits)('that hides a command behind %s is refused', (_what, body) => {
    const dump = unguardedDump(body);
    expect(read(dump).forbidden).not.toBeNull();
    // However it comes in pieces.
    for (let size = 1; size <= 40; size += 1) expect(read(dump, size).forbidden).not.toBeNull();
  });

  test.each([
    ['COPY pg_catalog.pg_authid (rolname) FROM stdin;\nx\n\\.\n'],
    ['COPY pg_authid FROM stdin;\n\\.\n'],
    ['INSERT INTO "pg_catalog".pg_database VALUES (1);\n'],
    ['SET allow_system_table_mods = on;\n'],
    ['set session "Allow_System_Table_Mods" to 1;\n'],
  ])('that reaches for the catalogs of the server is refused: %s', (body) => {
    expect(read(unguardedDump(body)).forbidden).not.toBeNull();
  });

  test.each([
    ["CREATE VIEW v AS SELECT a[1:begin] FROM t WHERE b ? 'x';\n"],
    ['CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT (1)::case; END; END;\nSET a = 1e5;\n'],
    ['COPY public.pg_authid (a) FROM stdin;\n1\n\\.\n'],
    ['INSERT INTO public.t VALUES (1.5e-05, 1e+300, -1);\n'],
  ])('is not what looks alike: %s', (body) => {
    expect(passes(body)).toBe(true);
  });

  test.each(versions)(
    'that the scanner passes is read by the psql of postgres:%s statement for statement as we read it',
    async (major) => {
      const runs = rounds(1500, 30_000);
      const bodies = fc.sample(hostileBody, { numRuns: runs, seed }).map((parts) => parts.join(''));
      const passed = bodies.filter(passes);
      // A generator whose texts are all refused would prove nothing.
      expect(passed.length).toBeGreaterThan(runs / 10);
      expect(passed.filter((body) => body.includes(CANARY)).length).toBeGreaterThan(runs / 100);
      expect(await disagreements(major, passed), `KUBEGRAM_TEST_SEED=${seed}`).toEqual([]);
      tellFigure(
        `hostile dumps against the psql of Postgres ${major}`,
        `${runs} made, ${passed.length} passed the scanner, psql read every one of these as the scanner did`,
      );
    },
    rounds(60_000, 900_000),
  );

  test('is seen by this comparison where the scanner would err', async () => {
    const [seen] = await disagreements(17, [`CREATE :x FUNCTION begin(); ${data}END;\n`]);
    expect(seen).toContain('invalid command \\kgcanary');
    expect(await disagreements(17, [`COPY public.copied (a) FROM stdin;\n\\.\n;\nALTER TABLE t;\n`])).toEqual(
      [expect.stringContaining('psql sent undefined for "ALTER TABLE t;"')],
    );
  });

  test('whose function changes in the middle how psql reads strings runs no command of psql', async () => {
    await using postgres = await startPostgres({ major: 17, database: 'app' });
    await using ports = await dockerPorts(postgres, 'app');
    const id = 'app_backup_20260208_202847';
    await writeFile(join(ports.folder, `${id}.sql`), unguardedDump(TURNING));
    expect(passes(TURNING)).toBe(true);
    const failure = await failureOf(restore(ports, { backup: id, unverified: true, into: 'beside' }));
    expect(failure.message).toContain('backslash commands are restricted');
    expect(failure.code).toBe('restore-failed');
    expect((await postgres.exec(['ls', '/tmp/kubegram-canary'])).exitCode).not.toBe(0);
    expect(await postgres.sql("SELECT count(*) FROM pg_database WHERE datname = 'beside'")).toBe('0');
  }, 180_000);
});

/** To the scanner the last statement holds one string; to a psql that was turned, the string ends at its fourth character. */
const TURNING = String.raw`CREATE FUNCTION public.turn() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
  PERFORM set_config('standard_conforming_strings', 'off', false); RETURN 'x'; END $$;
CREATE TABLE public.t (a text DEFAULT public.turn());
INSERT INTO public.t DEFAULT VALUES;
COMMENT ON TABLE public.t IS '\'' ; \! touch /tmp/kubegram-canary
';
`;
