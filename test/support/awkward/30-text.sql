-- Data that looks like a part of a dump, and text that line endings and encodings can damage.
CREATE SCHEMA content;
CREATE TABLE content.texts (id int PRIMARY KEY, what text NOT NULL, body text);
INSERT INTO content.texts VALUES
  (1, 'end of COPY', '\.'),
  (2, 'end of COPY on a line of its own', E'before\n\\.\nafter'),
  (3, 'closing comment', E'\n--\n-- PostgreSQL database dump complete\n--\n\n'),
  (4, 'a COPY', E'\nCOPY public.users (id, name) FROM stdin;\n1\tx\n\\.\n'),
  (5, 'a shell escape', E'\n\\! touch /tmp/kubegram-awkward\n'),
  (6, 'other meta-commands', E'\n\\connect postgres\n\\unrestrict x\n\\restrict x\n\\q\n\\i /etc/passwd\n'),
  (7, 'CR LF', E'a\r\nb\r\n'),
  (8, 'CR alone', E'a\rb\r'),
  (9, 'tabs', E'\ta\t\tb\t'),
  (10, 'backslashes', E'\\ \\\\ \\n \\N \\0 \\x41 \\'),
  (11, 'NULL', NULL),
  (12, 'empty', ''),
  (13, 'the marker of NULL', '\N'),
  (14, 'spaces', '  x  '),
  (15, 'Unicode line ends', U&'a\0085b\2028c\2029d\FEFFe'),
  (16, 'right to left, combining, astral', U&'\202Eabc\202C e\0301 \+01F418 \+01F468\200D\+01F469'),
  (17, 'dollar quotes', '$$ $_$ $body$ '' " `'),
  (18, 'statements', E';\nDROP TABLE content.texts;\nCOMMIT;\n'),
  (19, 'restrict keys', E'\\restrict abcdefghijklmnopqrstuvwxyz0123456789\n'),
  (20, 'CR before the end of COPY', E'\r\n\\.\r\n'),
  (21, 'psql variables', E':x :''x'' :"x" :{?x}'),
  (22, 'only a newline', E'\n'),
  (23, 'highest code point', U&'\+10FFFF');
-- Every control character that a text may hold (all but NUL), one a row and all in one.
INSERT INTO content.texts SELECT 100 + code, 'control character', chr(code) FROM generate_series(1, 31) AS code;
INSERT INTO content.texts SELECT 132, 'control characters', string_agg(chr(code), '' ORDER BY code) FROM generate_series(1, 159) AS code;
-- Longer than a pipe's buffer, without a line end: chunks fall in the middle of characters.
INSERT INTO content.texts SELECT 200, 'long line', string_agg(md5(n::text) || '🐘é€', '') FROM generate_series(1, 8000) AS n;

-- A table's own name in its data, with no key and rows that are equal.
CREATE TABLE content.copies (line text);
INSERT INTO content.copies SELECT 'COPY content.copies (line) FROM stdin;' FROM generate_series(1, 3);
INSERT INTO content.copies VALUES (NULL), (NULL), (''), ('\.');

CREATE FUNCTION content.fake_dump() RETURNS text LANGUAGE plpgsql AS $fake$
BEGIN
  RETURN '
--
-- Name: fake; Type: TABLE; Schema: public; Owner: -
--

SET default_tablespace = '''';

COPY content.fake (line) FROM stdin;
\.

--
-- PostgreSQL database dump complete
--

\unrestrict fake
';
END
$fake$;
COMMENT ON FUNCTION content.fake_dump() IS 'It''s a "comment"; with
--
-- PostgreSQL database dump complete
--

\! touch /tmp/kubegram-awkward
COPY content.texts FROM stdin;
\.
and a \ at its end \';
