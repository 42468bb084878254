-- Ours at an older version than its default, with rows of the user's in both of its tables: those in the
-- marked one are part of a dump, those in the other are lost with it (KNOWN_LOSSES in load.ts).
CREATE EXTENSION kubegram_probe SCHEMA public VERSION '1.0';
INSERT INTO public.probe_marked VALUES ('user', 'kept;
''by'' a dump'), ('user 2', '\.');
INSERT INTO public.probe_unmarked VALUES ('user', 'lost by a dump');
SELECT setval('public.probe_marked_numbers', 77);

SELECT count(*) = 2 AS contrib FROM pg_available_extensions WHERE name IN ('hstore', 'pg_trgm') \gset
\if :contrib
  CREATE SCHEMA "extension's home";
  CREATE EXTENSION hstore SCHEMA "extension's home";
  CREATE EXTENSION pg_trgm SCHEMA "extension's home";
  COMMENT ON EXTENSION pg_trgm IS 'it''s three letters;';
  CREATE TABLE other.tagged (id int, tags "extension's home".hstore, body text);
  INSERT INTO other.tagged VALUES (1, '"a;"=>NULL, ""=>"\"", "k"=>"\\"', 'trigrams'), (2, '', NULL), (3, NULL, '');
  CREATE INDEX tagged_body ON other.tagged USING gin (body "extension's home".gin_trgm_ops);
  CREATE INDEX tagged_tags ON other.tagged USING gist (tags "extension's home".gist_hstore_ops (siglen = 32));
\endif
