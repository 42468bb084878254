-- Large objects: owner, grants, comment, content; and columns that hold their numbers.
SELECT lo_from_bytea(424201, ''), lo_from_bytea(424202, '\x00ff5c2e0a'), lo_create(424203), lo_create(424204);
SELECT lo_put(424203, 0, string_agg(decode(md5(n::text), 'hex'), '')) FROM generate_series(1, 5000) AS n;
-- With a hole: what was never written reads as zero bytes.
SELECT lo_put(424204, 10000, '\x01');
ALTER LARGE OBJECT 424202 OWNER TO awkward_owner;
ALTER LARGE OBJECT 424203 OWNER TO "awkward-Ünï;code";
GRANT SELECT ON LARGE OBJECT 424202 TO "awkward reader""x";
GRANT ALL ON LARGE OBJECT 424203 TO awkward_owner WITH GRANT OPTION;
COMMENT ON LARGE OBJECT 424202 IS 'It''s
a "large" object;
--';
CREATE SCHEMA blobs;
CREATE TABLE blobs.files (name text, content oid);
INSERT INTO blobs.files VALUES ('empty', 424201), ('bytes', 424202), ('blocks', 424203), ('hole', 424204), ('dangling', 999999), ('none', NULL);
