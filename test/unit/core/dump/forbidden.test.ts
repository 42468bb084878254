import { describe, expect, it } from 'vitest';
import { BODY_LINE, dump, KEY, pieces, read } from './dumps.ts';

const finding = (body: string) => read(dump(body)).forbidden;

describe('readDump refuses', () => {
  it.each([
    ['\\! touch /tmp/x\n', 'the psql command \\!'],
    ['\\connect other\n', 'the psql command \\connect'],
    ['SELECT pg_catalog.setval(1) \\g /tmp/x\n', 'the psql command \\g'],
    ['\\.\n', 'the psql command \\.'],
    [`\\restrict ${KEY}\n`, 'the psql command \\restrict'],
    [`\\unrestrict ${KEY}\n`, 'the psql command \\unrestrict'],
    [`SET a = 1; \\unrestrict ${KEY}\n`, 'the psql command \\unrestrict'],
    ["SET a = 'b' \\; SET c = 1;\n", 'the psql command \\'],
    ["COPY public.t FROM PROGRAM 'id';\n", 'COPY … PROGRAM'],
    ["copy/* x */public.t -- y\nfrom\nprogram 'id';\n", 'COPY … PROGRAM'],
    ["COPY public.t TO PROGRAM 'id';\n", 'COPY … PROGRAM'],
    ["COPY public.t FROM '/etc/passwd';\n", 'a COPY that is not COPY table FROM stdin'],
    ['COPY public.t TO stdout;\n', 'a COPY that is not COPY table FROM stdin'],
    ['COPY (SELECT 1) TO stdout;\n', 'a COPY that is not COPY table FROM stdin'],
    ['COPY public.t FROM stdin (FORMAT csv);\n', 'a COPY that is not COPY table FROM stdin'],
    ['COPY public.t FROM stdin; SET a = 1;\n\\.\n', 'more on the line of a COPY … FROM stdin'],
    ['CREATE DATABASE x;\n', 'CREATE DATABASE'],
    ['create/**/role x SUPERUSER;\n', 'CREATE ROLE'],
    ['ALTER USER postgres PASSWORD NULL;\n', 'ALTER USER'],
    ['DROP TABLESPACE x;\n', 'DROP TABLESPACE'],
    ['CREATE GROUP x;\n', 'CREATE GROUP'],
    ["ALTER SYSTEM SET archive_command = 'id';\n", 'ALTER SYSTEM'],
    ['DROP OWNED BY x;\n', 'DROP OWNED'],
    ['REASSIGN OWNED BY a TO b;\n', 'REASSIGN, which pg_dump does not write'],
    ["LOAD 'x.so';\n", 'LOAD, which pg_dump does not write'],
    ['DO $$ BEGIN END $$;\n', 'DO, which pg_dump does not write'],
    ['GRANT pg_execute_server_program TO x;\n', 'GRANT of a role'],
    ['REVOKE a FROM b;\n', 'REVOKE of a role'],
    ['GRANT ALL ON DATABASE x TO y;\n', 'GRANT ON DATABASE'],
    ["COMMENT ON DATABASE x IS 'y';\n", 'COMMENT ON DATABASE'],
    ["SECURITY LABEL FOR p ON ROLE x IS 'y';\n", 'SECURITY ON ROLE'],
    ['SET standard_conforming_strings = off;\n', 'SET standard_conforming_strings to another value than on'],
    [
      'SET SESSION "Standard_Conforming_Strings" TO DEFAULT;\n',
      'SET standard_conforming_strings to another value than on',
    ],
    [
      "SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false);\n",
      'a set_config of something else than search_path',
    ],
    ['RESET ALL;\n', 'a RESET that changes how the file is read'],
    ["SET client_encoding = 'SJIS';\n", 'SET client_encoding = SJIS'],
    ["SET NAMES 'SJIS';\n", 'a SET in a form that pg_dump does not write'],
    ["SELECT pg_catalog.lo_export(1, '/tmp/x');\n", 'a SELECT of something that pg_dump does not call'],
    ['SELECT dblink(1);\n', 'a SELECT of something that pg_dump does not call'],
    ['-- a comment\r\\! id\n', 'a carriage return outside quotes (the line ends were changed)'],
    [
      "CREATE FUNCTION begin() RETURNS int AS 'x'; COPY public.t FROM stdin; END;\n",
      'COPY after a semicolon inside a statement',
    ],
    [
      'CREATE RULE r AS ON UPDATE TO t DO (SELECT 1; DROP ROLE x);\n',
      'DROP after a semicolon inside a statement',
    ],
    ['SET a = 1e$x$;$x$;\n', 'a number that runs on into a quote'],
    ['SET a = 1e--; \\! id\n;\n', 'a number that runs on into a comment'],
    ['SET a = 1.5E--; \\! id\n;\n', 'a number that runs on into a comment'],
    ['SET a = 1.e--; \\! id\n;\n', 'a number that runs on into letters'],
    ['CREATE VIEW v AS SELECT :a$x$;$x$;\n', 'a psql variable that runs on into a dollar sign'],
    ["SET a = :E'b\\' \\! id\n';\n", 'a psql variable that runs on into a quote'],
    ["SET a = :e'b\\' \\! id\n';\n", 'a psql variable that runs on into a quote'],
    ["SET a = 'x\0y';\n", 'a NUL byte'],
    [
      'COPY public.t (a) FROM stdin;\r\n\\.\r\n',
      'a carriage return outside quotes (the line ends were changed)',
    ],
    ['COPY public.t (a) FROM stdin;\na\r\n\\.\r\n', 'COPY data with changed line ends'],
  ])('%j', (statement, what) => {
    expect(finding(statement)?.what).toBe(what);
  });

  it('names the first line of the first finding, for every way to cut the dump into chunks', () => {
    const bytes = dump("SET a = '\n\n';\nCREATE\nROLE x; \\! id\n\0CREATE DATABASE y;\n");
    const expected = { line: BODY_LINE + 3, what: 'CREATE ROLE' };
    expect(read(bytes).forbidden).toEqual(expected);
    for (let size = 1; size <= 64; size += 1) {
      expect(pieces(bytes, size).length).toBeGreaterThan(1);
      expect(read(bytes, size).forbidden).toEqual(expected);
    }
  });

  it('finds where a number runs on, for every way to cut the dump into chunks', () => {
    for (const body of ['SET a = 1e--; \\! id\n;\n', 'SET a = 1.e--; \\! id\n;\n'])
      for (let size = 1; size <= 64; size += 1)
        expect(read(dump(body), size).forbidden?.what).toMatch(/^a number that runs on into/);
  });

  it('a command hidden behind a string that psql ends and the server does not', () => {
    expect(finding("SET a = E'b'\n'c\\'; \\! id\n';\n")).toEqual({
      line: BODY_LINE + 1,
      what: 'the psql command \\!',
    });
  });

  it('finds where an E string really ends', () => {
    expect(finding("SET a = E'\\\\' \\! id\n';\n")?.what).toBe('the psql command \\!');
    expect(finding("SET a = e'\\' \\! id';\n")).toBeNull();
    // A name that ends in e makes no E string.
    expect(finding("SET a = type'\\' \\! id\n';\n")?.what).toBe('the psql command \\!');
  });

  it('ends a dollar quote only at its own tag, and begins none inside a name', () => {
    expect(finding('SET a = $x$ $$ $y$ \\! id $x$;\n')).toBeNull();
    expect(finding('SET a$x$ = 1; \\! id\n-- $x$\n')?.what).toBe('the psql command \\!');
  });
});

describe('readDump lets pass', () => {
  it.each([
    ["COMMENT ON TABLE x IS '\\! id';\n"],
    ["COMMENT ON TABLE x IS E'\\\\! id\\';';\n"],
    ['CREATE TABLE public."\\! id" ();\n'],
    ['CREATE FUNCTION f() AS $x$\n\\! id\nCREATE ROLE y;\n$x$;\n'],
    ['-- \\! id\n'],
    ['/* /* \\! */ \\! */\n'],
    ['COPY public.t (a) FROM stdin;\n\\\\! id\nCREATE ROLE x;\n\\.\n'],
    ['CREATE USER MAPPING FOR x SERVER y;\n'],
    ['ALTER USER MAPPING FOR x SERVER y;\n'],
    ['DROP USER MAPPING IF EXISTS FOR x SERVER y;\n'],
    [
      'GRANT SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,MAINTAIN,UPDATE ON TABLE public.t TO "database";\n',
    ],
    ['ALTER DEFAULT PRIVILEGES FOR ROLE x IN SCHEMA y GRANT SELECT ON TABLES TO z;\n'],
    ['CREATE TABLE public.role (database text, "user" text);\n'],
    ["COMMENT ON SCHEMA public IS ':name :''x''';\n"],
    ['CREATE VIEW v AS SELECT a[1:b], :x FROM t;\n'],
    ["BEGIN;\n\nSELECT pg_catalog.lo_open('1', 131072);\nSELECT pg_catalog.lowrite(0, '\\x00');\nCOMMIT;\n"],
    ["SELECT * FROM pg_catalog.pg_restore_relation_stats('version', '180000'::integer);\n"],
    ['SET SESSION AUTHORIZATION DEFAULT;\nRESET SESSION AUTHORIZATION;\nSET ROLE x;\n'],
    ["SET client_encoding = 'SQL_ASCII';\n"],
    ['REFRESH MATERIALIZED VIEW public.m;\n'],
    ['CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE 1 WHEN 1 THEN 2 END; END;\nSET a = 1;\n'],
  ])('%j', (statement) => {
    expect(finding(statement)).toBeNull();
    expect(read(dump(statement)).complete).toBe(true);
  });
});
