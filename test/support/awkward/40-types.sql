CREATE SCHEMA kinds;
CREATE TYPE kinds."Mood;" AS ENUM ('sad', 'it''s "ok"', '', 'with
newline', 'é');
-- Not in the order of their oids: what a dump must keep is the sort order.
ALTER TYPE kinds."Mood;" ADD VALUE 'between' BEFORE 'sad';
CREATE TYPE kinds.pair AS ("left.part" int, "right part" text);
CREATE TYPE kinds.nested AS (pairs kinds.pair[], mood kinds."Mood;");
CREATE TYPE kinds.no_columns AS ();
CREATE FUNCTION kinds.distance(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
CREATE TYPE kinds.floatrange AS RANGE (
  subtype = float8, subtype_diff = kinds.distance, multirange_type_name = kinds."float multirange"
);
CREATE TYPE kinds.unfinished;

CREATE DOMAIN kinds.plain AS text COLLATE "C" DEFAULT 'x;' NOT NULL CONSTRAINT "short; --" CHECK (length(VALUE) < 10);
CREATE DOMAIN kinds.positive AS int;
CREATE DOMAIN kinds.pairs AS kinds.pair[] CHECK (cardinality(VALUE) > 0);

CREATE TABLE kinds.everything (
  id int PRIMARY KEY, mood kinds."Mood;", pair kinds.pair, nested kinds.nested, span kinds.floatrange,
  spans kinds."float multirange", dates datemultirange, during tstzrange, plain kinds.plain, positive kinds.positive, pairs kinds.pairs
);
INSERT INTO kinds.everything VALUES
  (1, 'with
newline', ROW(NULL, ''), ROW(ARRAY[ROW(1, '"'), NULL]::kinds.pair[], 'é'), '[-Infinity,NaN)', '{(,1],[2,3)}', '{[2024-02-28,2024-03-01)}',
   'empty', 'y', -5, ARRAY[ROW(1, '\')::kinds.pair]),
  (2, '', ROW(NULL, NULL), NULL, 'empty', '{}', '{(,)}', '[-infinity,infinity]', '', 5, NULL);
-- Not validated, and row 1 breaks it: a dump may add it only after the data.
ALTER DOMAIN kinds.positive ADD CONSTRAINT "must be > 0" CHECK (VALUE > 0) NOT VALID;
COMMENT ON CONSTRAINT "must be > 0" ON DOMAIN kinds.positive IS 'one row breaks it';

CREATE COLLATION kinds."any case" (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE COLLATION kinds.posix FROM "C";
CREATE TABLE kinds.collated (word text COLLATE kinds."any case" UNIQUE, other text COLLATE kinds.posix);
INSERT INTO kinds.collated VALUES ('Straße', 'b'), ('strasse', 'B'), ('É', NULL);
