import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Piece, stageDump } from '../../../../src/core/dump/stage-dump.ts';
import { ADVERSARIAL, dump, loadable, pieces } from './dumps.ts';

/** The pieces of a text, handed in by chunks of a size whose memory is used again; neighbours of a kind are joined. */
function staged(text: string | Buffer, size = 1 << 20): { kind: Piece['kind']; text: string }[] {
  const stager = stageDump();
  const found: { kind: Piece['kind']; bytes: Buffer }[] = [];
  const take = (taken: Piece[]): void => {
    for (const { kind, bytes } of taken) {
      const last = found.at(-1);
      const joins = last?.kind === kind && (kind === 'serial' || kind === 'gap');
      if (joins) last.bytes = Buffer.concat([last.bytes, bytes]);
      else found.push({ kind, bytes: Buffer.from(bytes) });
    }
  };
  for (const chunk of pieces(Buffer.from(text), size)) {
    const reused = Buffer.from(chunk);
    take(stager.write(reused));
    reused.fill(0x27);
  }
  take(stager.end());
  return found.map(({ kind, bytes }) => ({ kind, text: bytes.toString('latin1') }));
}

function of(kind: Piece['kind'], text: string): string[] {
  return staged(text)
    .filter((piece) => piece.kind === kind)
    .map((piece) => piece.text);
}

const INDEX = 'CREATE INDEX i ON public.t USING btree (a);';
const UNIQUE = 'CREATE UNIQUE INDEX "i;\n--" ON public."t""\n;" USING gin (a, lower(b)) WHERE (c > 0);';
const PRIMARY = 'ALTER TABLE ONLY public.t\n    ADD CONSTRAINT p PRIMARY KEY (a, b);';

describe('stageDump', () => {
  it('tells the builds of indexes, primary keys and unique constraints from all else', () => {
    const built = [
      INDEX,
      UNIQUE,
      PRIMARY,
      'ALTER TABLE ONLY s.t ADD CONSTRAINT "u k" UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b) DEFERRABLE;',
      'create index concurrently_not on s.t (a);',
      'CREATE INDEX "concurrently" ON s.t (a);',
    ];
    for (const statement of built) expect(of('build', statement), statement).toEqual([statement]);
  });

  it.each([
    'CREATE INDEX i ON ONLY public.t USING btree (a);',
    'CREATE INDEX CONCURRENTLY i ON public.t USING btree (a);',
    'CREATE INDEX IF NOT EXISTS i ON public.t USING btree (a);',
    'CREATE INDEX ON public.t USING btree (a);',
    'CREATE INDEX i ON t USING btree (a);',
    'CREATE INDEX i ON pg_temp.t USING btree (a);',
    'CREATE INDEX i ON pg_temp_3.t USING btree (a);',
    'ALTER TABLE public.t ADD CONSTRAINT p PRIMARY KEY (a);',
    'ALTER TABLE ONLY public.t ADD PRIMARY KEY (a);',
    'ALTER TABLE ONLY public.t ADD CONSTRAINT p PRIMARY KEY (a), ADD COLUMN b int;',
    'ALTER TABLE ONLY public.t ADD CONSTRAINT p PRIMARY KEY USING INDEX i;',
    'ALTER TABLE ONLY public.t ADD CONSTRAINT e EXCLUDE USING gist (r WITH &&);',
    'ALTER TABLE ONLY public.t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES public.u(a);',
    'ALTER TABLE ONLY public.t ADD CONSTRAINT c CHECK ((a > 0));',
    'ALTER TABLE ONLY public.t REPLICA IDENTITY USING INDEX i;',
    'ALTER TABLE public.t CLUSTER ON i;',
    'ALTER INDEX public.i ATTACH PARTITION public.j;',
    "COMMENT ON INDEX public.i IS 'CREATE INDEX i ON public.t (a);';",
    'REFRESH MATERIALIZED VIEW public.m;',
    'CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $_$ ; CREATE INDEX i ON public.t (a); $_$;',
    'CREATE PROCEDURE p() BEGIN ATOMIC SELECT 1; CREATE INDEX i ON public.t (a); END;',
    "SELECT pg_catalog.setval('public.s', 1);",
  ])('leaves to the one session, in order: %s', (statement) => {
    expect(staged(`${INDEX}${statement}${PRIMARY}`)).toEqual([
      { kind: 'build', text: INDEX },
      { kind: 'serial', text: statement },
      { kind: 'build', text: PRIMARY },
    ]);
  });

  it('takes comments and blank space between builds for nothing', () => {
    const between = `\n\n--\n-- Name: it's; Type: INDEX\n--; ${INDEX}\n/* ; ${INDEX} */\n`;
    expect(staged(`${INDEX}${between}${PRIMARY}\n`)).toEqual([
      { kind: 'build', text: INDEX },
      { kind: 'gap', text: between },
      { kind: 'build', text: PRIMARY },
      { kind: 'gap', text: '\n' },
    ]);
  });

  it('tells the settings of a session, which are for all of them', () => {
    const settings = [
      "SET default_tablespace = '';",
      "SELECT pg_catalog.set_config('search_path', '', false);",
      'RESET SESSION AUTHORIZATION;',
    ];
    expect(of('setting', loadable(settings.join('\n')))).toEqual([
      'SET statement_timeout = 0;',
      "SET client_encoding = 'UTF8';",
      'SET standard_conforming_strings = on;',
      "SELECT pg_catalog.set_config('search_path', '', false);",
      'SET row_security = off;',
      ...settings,
    ]);
  });

  it('builds nothing beside a transaction, and nothing more after a setting inside one', () => {
    const kinds = (text: string) => staged(text).map(({ kind }) => kind);
    expect(kinds(`BEGIN;${INDEX}COMMIT;${INDEX}`)).toEqual(['serial', 'build']);
    expect(kinds(`START TRANSACTION;${INDEX}ROLLBACK;${INDEX}`)).toEqual(['serial', 'build']);
    expect(kinds(`BEGIN;${INDEX}COMMIT AND CHAIN;${INDEX}`)).toEqual(['serial']);
    expect(kinds(`BEGIN;SET a = 1;COMMIT;${INDEX}SET b = 1;`)).toEqual(['serial']);
  });

  it('builds nothing beside others behind a command of psql or what two readers may see differently', () => {
    expect(of('build', `\\set x y\n${INDEX}`)).toEqual([]);
    expect(of('build', `${INDEX}SELECT 1e--\n;${PRIMARY}`)).toEqual([INDEX]);
    expect(of('build', 'CREATE INDEX i ON public.t (a)\n\\x\n;')).toEqual([]);
  });

  it('leaves partitioned tables to one session, and the keys of a dump with heirs', () => {
    const made = 'CREATE TABLE public.t (a int) PARTITION BY RANGE (a);';
    const other = 'CREATE INDEX i ON public.other (a);';
    expect(of('build', `${made}${INDEX}${PRIMARY}${other}`)).toEqual([other]);
    expect(of('build', `CREATE TABLE public.u () INHERITS (public.x);${INDEX}${PRIMARY}`)).toEqual([INDEX]);
  });

  it('weighs a build by the rows of its table and the kind of its index', () => {
    const text = `COPY public.t (a) FROM stdin;\n1234567\n\\.\n${INDEX}${INDEX.replace('btree', 'gin')}CREATE INDEX i ON public.u (a);${PRIMARY}`;
    const stager = stageDump();
    const found = [...stager.write(Buffer.from(text)), ...stager.end()];
    const builds = found.filter((piece) => piece.kind === 'build');
    expect(builds.map(({ weight, alone, table }) => [table.name, weight, alone])).toEqual([
      ['t', 8, false],
      ['t', 32, false],
      ['u', 0, false],
      ['t', 8, true],
    ]);
  });

  it('takes data of COPY for no statement, and a statement that is very long, or has no end, for serial', () => {
    expect(of('build', `COPY public.t (a) FROM stdin;\n${INDEX}\n\\.\n`)).toEqual([]);
    const long = `CREATE INDEX i ON public.t ((a || '${'x'.repeat(70_000)}'));`;
    const found = staged(long, 4096);
    expect(found).toEqual([{ kind: 'serial', text: long }]);
    expect(staged(INDEX.slice(0, -1))).toEqual([{ kind: 'serial', text: INDEX.slice(0, -1) }]);
  });

  const parts = fc.constantFrom(
    INDEX,
    UNIQUE,
    PRIMARY,
    '\n',
    ' ',
    '-- CREATE INDEX\n',
    '/* ; */',
    "SET a = 'b;';",
    'COPY public.t (a) FROM stdin;\nCREATE INDEX\n\\.\n',
    'CREATE FUNCTION f() AS $$ ; $$;',
    'CREATE UNIQUE ',
    'ALTER TABLE ONLY ',
    'BEGIN;',
    'COMMIT;',
    "'",
    '"',
    '$$',
    ';',
    '\\x\n',
    'é',
  );

  it('gives pieces that are the dump again, byte for byte, and the same wherever the chunks end', () => {
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), (texts, size) => {
        const bytes = Buffer.from(texts.join(''));
        const found = staged(bytes, size);
        expect(found.map(({ text }) => text).join('')).toBe(bytes.toString('latin1'));
        expect(found).toEqual(staged(bytes));
      }),
    );
    for (const size of [1, 7, 1000]) {
      const found = staged(dump(ADVERSARIAL), size);
      expect(found.map(({ text }) => text).join('')).toBe(dump(ADVERSARIAL).toString('latin1'));
    }
  });
});
