import { describe, expect, it } from 'vitest';
import { ADVERSARIAL, cut, dump, KEY, loadable } from './dumps.ts';

const DROPS = `DROP EVENT TRIGGER IF EXISTS evt;
ALTER TABLE IF EXISTS ONLY public.users DROP CONSTRAINT IF EXISTS "a;
--
-- Name: fake; Type: TABLE
--
SET default_tablespace = '';";
ALTER DOMAIN app.posint DROP CONSTRAINT IF EXISTS small;
ALTER TABLE IF EXISTS app.b ALTER COLUMN id DROP DEFAULT;
SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = '1';
CREATE OR REPLACE VIEW app.v1 AS
SELECT
    NULL::integer AS "x;--";
DROP SCHEMA IF EXISTS "é";
-- *not* dropping schema, since initdb creates it
DROP SCHEMA IF EXISTS app;
`;

describe('cutDump leaves the DROP section out', () => {
  const bodies = {
    'before a first object': ADVERSARIAL,
    'before SET default_tablespace':
      "SET default_tablespace = '';\n\nSET default_table_access_method = heap;\n\n",
    'before the closing comment': '',
    'before an entry of a verbose dump':
      '--\n-- TOC entry 1 (class 1 OID 2)\n-- Name: x; Type: TABLE\n--\n\nCREATE TABLE x ();\n\n',
  };

  it.each(Object.entries(bodies))('%s, for every way to cut the dump into chunks', (_where, body) => {
    const plain = loadable(body);
    const clean = dump(DROPS + body);
    for (let size = 1; size <= clean.length; size += size < 300 ? 1 : 97) {
      expect(cut(clean, { size }), `chunks of ${size}`).toBe(plain);
    }
  });

  it('passes the rest of a dump without such a section unchanged', () => {
    for (const body of Object.values(bodies)) expect(cut(dump(body), { size: 5 })).toBe(loadable(body));
  });

  it('leaves a comment out that stands for a DROP, also as the only thing in the section', () => {
    const not = '-- *not* dropping schema, since initdb creates it\n';
    expect(cut(dump(`${not}--\n-- Name: public\n--\n\n`))).toBe(loadable('--\n-- Name: public\n--\n\n'));
  });

  it('keeps what it does not know, and everything after it', () => {
    const odd = 'ALTER TABLE public.users OWNER TO x;\nDROP TABLE public.users;\n';
    expect(cut(dump(odd), { size: 3 })).toBe(loadable(odd));
    expect(cut(dump(`DROP TABLE a;\n${odd}`))).toBe(loadable(odd));
  });

  it('leaves a DROP alone that stands after the section, in data or where there was no preamble', () => {
    const body = '--\n-- Name: x\n--\n\nDROP TABLE a;\n';
    expect(cut(dump(body))).toBe(loadable(body));
    expect(cut(Buffer.from('DROP TABLE a;\n'))).toBe('DROP TABLE a;\n');
  });

  it('gives back a file that ends anywhere', () => {
    const clean = dump(`${DROPS}CREATE TABLE t ();\n`);
    for (let length = 0; length < clean.length; length += 1) cut(clean.subarray(0, length), { size: 7 });
    const undecided = loadable().split('--\n-- PostgreSQL database dump complete')[0];
    expect(cut(Buffer.from(`${undecided}CREATE OR`), { size: 4 })).toBe(`${undecided}CREATE OR`);
  });

  it('does not hold back a statement that never shows what it is', () => {
    const long = `ALTER TABLE x ALTER COLUMN y SET DEFAULT '${'x'.repeat(300_000)}';\n`;
    expect(cut(dump(long), { size: 1000 })).toBe(loadable(long));
  });
});

describe('cutDump', () => {
  it('leaves the two restrict lines out: a psql may not know them, and one that does gets its own', () => {
    const text = dump(ADVERSARIAL).toString();
    const expected = text.replace(`\\restrict ${KEY}\n`, '').replace(`\\unrestrict ${KEY}\n`, '');
    for (const size of [1, 2, 3, 64, 100_000]) {
      expect(cut(dump(DROPS + ADVERSARIAL), { size })).toBe(expected);
    }
  });

  it('makes extensions at the version they had', () => {
    const body = (a: string, b: string) =>
      `CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public${a};\n` +
      `CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA "my sch;ema"${b};\n` +
      'CREATE EXTENSION IF NOT EXISTS other WITH SCHEMA public;\n' +
      "COMMENT ON EXTENSION hstore IS 'CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public;';\n";
    const versions = { hstore: '1.7', 'uuid-ossp': "1'1" };
    const expected = loadable(body(" VERSION '1.7'", " VERSION '1''1'"));
    for (const size of [1, 2, 7, 64, 100_000])
      expect(cut(dump(body('', '')), { size, versions })).toBe(expected);
  });
});

describe('cutDump without owners', () => {
  const sizes = [1, 2, 7, 64, 100_000];
  const without = (body: string, size: number): string => cut(dump(body), { size, withoutOwners: true });

  it.each([
    'ALTER TABLE public."of a;b" OWNER TO "role "" x";',
    'ALTER FUNCTION public.f(integer, text) OWNER TO app;',
    'ALTER LARGE OBJECT 16400 OWNER TO app;',
    'GRANT SELECT(id) ON TABLE public.users TO reader WITH GRANT OPTION;',
    'REVOKE USAGE ON SCHEMA public FROM PUBLIC;',
    'ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA public GRANT SELECT ON TABLES TO reader;',
    'SET SESSION AUTHORIZATION app;',
    'RESET SESSION AUTHORIZATION;',
  ])('leaves out: %s', (statement) => {
    for (const size of sizes) {
      expect(without(`CREATE TABLE t ();\n${statement}\nCREATE TABLE u ();\n`, size)).toBe(
        loadable('CREATE TABLE t ();\n\nCREATE TABLE u ();\n'),
      );
    }
  });

  it('keeps everything else, also what looks alike', () => {
    const kept = [
      ADVERSARIAL,
      'ALTER TABLE public.t ALTER COLUMN "OWNER TO" SET DEFAULT 3;',
      'ALTER TABLE ONLY public.t ADD CONSTRAINT owner CHECK ((a > 0));',
      `CREATE FUNCTION owner() RETURNS text LANGUAGE sql AS $$ GRANT x; ALTER TABLE t OWNER TO x; $$;`,
      'CREATE POLICY p ON public.t TO app USING (true);',
      "SET default_tablespace = '';",
      'COPY public.t (a) FROM stdin;\nGRANT x TO y;\nALTER TABLE t OWNER TO x;\n\\.\n',
      '',
    ].join('\n');
    for (const size of sizes) expect(without(kept, size)).toBe(loadable(kept));
  });

  it('does not hold back a statement that never shows what it is', () => {
    const long = `ALTER TABLE x ALTER COLUMN y SET DEFAULT '${'x'.repeat(300_000)}';\n`;
    expect(without(long, 1000)).toBe(loadable(long));
  });
});

describe('cutDump without policies', () => {
  it.each([
    'CREATE POLICY "p;q" ON public.t AS RESTRICTIVE FOR SELECT TO missing USING ((a > 0));',
    "COMMENT ON POLICY p ON public.t IS 'CREATE POLICY';",
  ])('leaves out: %s', (statement) => {
    for (const size of [1, 2, 7, 64, 100_000]) {
      expect(
        cut(dump(`CREATE TABLE t ();\n${statement}\nCREATE TABLE u ();\n`), { size, withoutPolicies: true }),
      ).toBe(loadable('CREATE TABLE t ();\n\nCREATE TABLE u ();\n'));
    }
  });

  it('keeps what looks alike, owners and grants among it', () => {
    const kept = [
      'CREATE TABLE policy ();',
      'ALTER TABLE policy OWNER TO app;',
      'GRANT SELECT ON TABLE policy TO app;',
      "COMMENT ON TABLE policy IS 'x';",
      'ALTER TABLE policy ENABLE ROW LEVEL SECURITY;',
      '',
    ].join('\n');
    for (const size of [1, 7, 100_000])
      expect(cut(dump(kept), { size, withoutPolicies: true })).toBe(loadable(kept));
  });
});
