import { cutDump } from '../../../../src/core/dump/cut-dump.ts';
import { type DumpFacts, readDump } from '../../../../src/core/dump/read-dump.ts';

export const KEY = 'k3yK3yK3y';

const HEAD = `--
-- PostgreSQL database dump
--

\\restrict ${KEY}

-- Dumped from database version 17.11
-- Dumped by pg_dump version 17.11

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET row_security = off;

`;

const TAIL = `--
-- PostgreSQL database dump complete
--

\\unrestrict ${KEY}

`;

/** A dump as pg_dump frames it; `body` lies on line 16 and after. */
export function dump(body = ''): Buffer {
  return Buffer.from(`${HEAD}${body}${TAIL}`);
}

/** What `cutDump` leaves of it where the body holds nothing to leave out. */
export function loadable(body = ''): string {
  return dump(body)
    .toString()
    .replaceAll(/^\\(un)?restrict .*\n/gm, '');
}

/** The first line of `body` in `dump(body)`. */
export const BODY_LINE = HEAD.split('\n').length;

export function pieces(bytes: Buffer, size: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += size) parts.push(bytes.subarray(from, from + size));
  return parts;
}

export function read(bytes: Buffer, size = bytes.length || 1): DumpFacts {
  const reader = readDump();
  for (const piece of pieces(bytes, size)) {
    // A reader that kept a view of a chunk would see it change.
    const reused = Buffer.from(piece);
    reader.write(reused);
    reused.fill(0x27);
  }
  return reader.end();
}

export function cut(
  bytes: Buffer,
  {
    size = bytes.length || 1,
    versions = {} as Record<string, string>,
    withoutOwners = false,
    withoutPolicies = false,
  } = {},
): string {
  const cutter = cutDump({
    extensionVersions: new Map(Object.entries(versions)),
    withoutOwners,
    withoutPolicies,
  });
  const out: Buffer[] = [];
  for (const piece of pieces(bytes, size)) {
    const reused = Buffer.from(piece);
    out.push(...cutter.write(reused).map((part) => Buffer.from(part)));
    reused.fill(0x27);
  }
  out.push(...cutter.end().map((part) => Buffer.from(part)));
  return Buffer.concat(out).toString('utf8');
}

/** Everything that has ever fooled a line-based reader of dumps. */
export const ADVERSARIAL = `--
-- Name: t; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."new
-- Name: x; Type: TABLE
line" (c text DEFAULT E'\\'; \\\\', d text DEFAULT '\\', /* a /* nested; ' */ " */ e text); -- ' "
COMMENT ON TABLE public.t IS 'COPY x FROM stdin;
--
-- PostgreSQL database dump complete
--
''; \\! id
';
CREATE FUNCTION public.f(integer) RETURNS text AS $_$ $$ ' ; \\! id
COPY public.users FROM stdin;
\\.
--
-- PostgreSQL database dump complete
--
$__$ $1 $_$ LANGUAGE sql;
CREATE OR REPLACE FUNCTION public.g() RETURNS integer BEGIN ATOMIC
 INSERT INTO public.t VALUES (1); SELECT CASE WHEN true THEN 1 END; SELECT 2;
END;
CREATE RULE r AS ON UPDATE TO public.t DO ALSO (INSERT INTO public.t VALUES (1); NOTIFY x, 'a;b');
COPY public."new
-- Name: x; Type: TABLE
line" (c, "d""(;") FROM stdin;
a\\\\.\tb\\n
\\\\.
--
-- PostgreSQL database dump complete
--
it's "quoted" $_$ /* \\N é名\r

\\\\restrict abc
\\.


COPY public.zero_columns  FROM stdin;


\\.

COPY "Sch.é"."名.t""x"  (c) FROM stdin;
\\.

COPY public.t (a) FROM stdin;
1
\\.
INSERT INTO public.t VALUES (1, 'a; INSERT INTO public.u VALUES (2);', -1.5e-3, E'\\n');
INSERT INTO public.zero_columns DEFAULT VALUES;

`;
