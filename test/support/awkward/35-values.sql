-- Values whose text form is easily bent: not finite, out of the usual range, empty against NULL.
CREATE SCHEMA "values";
CREATE TABLE "values".numbers (
  id int PRIMARY KEY, d double precision, r real, n numeric, small numeric(1000, 500), big bigint, money money
);
INSERT INTO "values".numbers VALUES
  (1, 'NaN', 'NaN', 'NaN', 'NaN', 9223372036854775807, 92233720368547758.07),
  (2, 'Infinity', 'Infinity', 'Infinity', NULL, -9223372036854775808, -92233720368547758.08),
  (3, '-Infinity', '-Infinity', '-Infinity', NULL, 0, 0),
  (4, '-0', '-0', 0, 0, NULL, NULL),
  (5, 4.9406564584124654e-324, 1.4e-45, repeat('9', 5000)::numeric, ('1' || repeat('0', 499))::numeric, NULL, NULL),
  (6, 1.7976931348623157e308, 3.4028235e38, ('0.' || repeat('0', 4000) || '1')::numeric, ('0.' || repeat('0', 499) || '1')::numeric, NULL, NULL),
  (7, 0.1::float8 + 0.2::float8, 0.1, 1.10000, 1.10, NULL, NULL),
  (8, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE "values".moments (id int PRIMARY KEY, d date, t timestamp, tz timestamptz, time time, ttz timetz, i interval);
INSERT INTO "values".moments VALUES
  (1, 'infinity', 'infinity', 'infinity', '24:00', '24:00+15:59', '178000000 years'),
  (2, '-infinity', '-infinity', '-infinity', '00:00', '00:00-15:59', '-178000000 years'),
  (3, '4713-01-01 BC', '4713-01-01 00:00 BC', '4713-01-01 00:00+00 BC', '23:59:59.999999', '23:59:59.999999-03:30', '-1 mon +2 days -03:04:05.678'),
  (4, '5874897-12-31', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', NULL, NULL, '1 microsecond'),
  (5, '0001-12-31 BC', '2026-03-29 02:30', '2026-10-25 02:30+02', '02:30', '02:30+05:45', '0'),
  (6, '2024-02-29', '2016-12-31 23:59:60', '1883-11-18 12:03:58-05', NULL, NULL, 'P1Y2M3DT4H5M6S');

CREATE TABLE "values".bytes (id int PRIMARY KEY, body bytea);
INSERT INTO "values".bytes
SELECT 1, string_agg(set_byte('\x00', 0, byte), '' ORDER BY byte) FROM generate_series(0, 255) AS byte
UNION ALL SELECT 2, ''
UNION ALL SELECT 3, NULL
UNION ALL SELECT 4, '\x00'
UNION ALL SELECT 5, string_agg(decode(md5(n::text), 'hex'), '') FROM generate_series(1, 4000) AS n;

CREATE TABLE "values".structures (
  id int PRIMARY KEY, texts text[], matrix int[][], empty int[], offset_bounds int[], j json, b jsonb, x xml, bits bit varying, net inet,
  mac macaddr8, point point, path path, vector tsvector, query tsquery, class regclass, uuid uuid, "char" "char", fixed char(5), lsn pg_lsn
);
INSERT INTO "values".structures VALUES
  (1, ARRAY['', NULL, 'NULL', 'null', '"', '\', '{', ',', E'\n', ' '], '{{1,2},{NULL,4}}', '{}', '[0:1]={7,8}',
   E'{ "b":1,\n"a" : 1.0, "a": 2 }', '{"b": 1.00, "a": "\u2028\\", "n": 1e400}', E'<a b="\n">\n&amp;</a><b/>', B'', '::ffff:1.2.3.4/120',
   '08:00:2b:01:02:03:04:05', '(NaN,-Infinity)', '[(0,0),(1e300,-0)]', '''it''''s'':1A,2B \\:3', 'a & !(b <-> c:*A)',
   '"-dash"."--help"', '00000000-0000-0000-0000-000000000000', E'\\377', 'a', 'FFFFFFFF/FFFFFFFF'),
  (2, '{}', NULL, NULL, NULL, 'null', 'null', '', B'101', '10.0.0.0/8', NULL, NULL, '((0,0))', '', '', NULL, NULL, '', '', '0/0');
