-- Names that break naive quoting, naive splitting by line or dot, file names and option parsers.
CREATE SCHEMA "Ünïcode schéma";
CREATE SCHEMA "-dash";
CREATE SCHEMA "semi;colon--";
CREATE SCHEMA "dot.dot" AUTHORIZATION awkward_owner;
CREATE SCHEMA "slash/quote'x" AUTHORIZATION "awkward-Ünï;code";
CREATE SCHEMA "new
line";
CREATE SCHEMA "empty schema";

CREATE TABLE "Ünïcode schéma"."Tablé ""quoted""" ("select" int PRIMARY KEY, "数" text, "a""b" text, " " int);
INSERT INTO "Ünïcode schéma"."Tablé ""quoted""" VALUES (1, '数', '"', NULL), (2, '', '""', 0);

CREATE TABLE "-dash"."--help" ("-x" int, "--" text, "-- Name: x; Type: TABLE" text, ";" text, "'" text, "/" text, "." text);
INSERT INTO "-dash"."--help" VALUES (1, '--', '-- x', ';', '''', '/etc/passwd', '.');

CREATE TABLE "semi;colon--"."; DROP TABLE users; --" (id int GENERATED ALWAYS AS IDENTITY, "\" text, "$$" text, ":x" text, "%I" text);
INSERT INTO "semi;colon--"."; DROP TABLE users; --" ("\", "$$", ":x", "%I") VALUES ('\', '$$', ':x', '%s');

CREATE TABLE "dot.dot"."a.b" ("c.d" int UNIQUE, "C.D" int);
INSERT INTO "dot.dot"."a.b" VALUES (1, 2);
ALTER TABLE "dot.dot"."a.b" OWNER TO awkward_owner;
-- The same when joined without quotes: dot.dot + a.b, and dot + dot.a.b.
CREATE SCHEMA dot;
CREATE TABLE dot."dot.a.b" ("c.d" int);
INSERT INTO dot."dot.a.b" VALUES (7), (7);

CREATE TABLE "slash/quote'x"."../../etc/passwd" (id int);
INSERT INTO "slash/quote'x"."../../etc/passwd" SELECT generate_series(1, 3);

-- Names that look like the end of the DROP section of a dump.
CREATE TABLE "new
line"."x"";

--
-- Name: f; Type: TABLE; Schema: s; Owner: -
--
" ("first
second" int PRIMARY KEY, "tab	tab" text DEFAULT 'it''s;
--
');
INSERT INTO "new
line"."x"";

--
-- Name: f; Type: TABLE; Schema: s; Owner: -
--
" VALUES (1), (2);
CREATE VIEW "new
line"."y"";

SET default_tablespace = '';

SET default_table_acce" AS SELECT ';

--
-- PostgreSQL database dump complete
--
'::text AS "
\.
";

CREATE TABLE "new
line"."Case" (id int);
CREATE TABLE "new
line"."case" (id int);
CREATE TABLE "new
line"."CASE " (id int);
INSERT INTO "new
line"."CASE " VALUES (3);

-- 21 characters of 3 bytes: exactly the 63 bytes a name may have, so that any suffix overflows.
CREATE TABLE public."€€€€€€€€€€€€€€€€€€€€€" ("€€€€€€€€€€€€€€€€€€€€€" serial PRIMARY KEY, "🐘" text UNIQUE);
INSERT INTO public."€€€€€€€€€€€€€€€€€€€€€" ("🐘") VALUES ('🐘'), ('e' || U&'\0301'), (U&'\00E9');

CREATE SEQUENCE "-dash"."--seq.""x"" 
y" START 5;
SELECT nextval('"-dash"."--seq.""x"" 
y"');
CREATE FUNCTION "semi;colon--"."f;()--""'"("arg;" int DEFAULT 1, "Arg" text DEFAULT E'\\.\n') RETURNS int
  LANGUAGE sql IMMUTABLE AS $_$ SELECT $1 $_$;
CREATE INDEX "index; --
DROP" ON "-dash"."--help" (("-x" + 1)) WHERE "--" <> ';';
-- SQL keywords, and what other tools make of a dollar.
CREATE TABLE public."table" ("user" int, "order" int, "$1" int);
INSERT INTO public."table" VALUES (1, 2, 3);
