-- Text search, statistics, publications, foreign data, comments on whatever can have one.
CREATE SCHEMA other;
CREATE TEXT SEARCH DICTIONARY other."dict;" (TEMPLATE = simple, STOPWORDS = english, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION other.config (COPY = english);
ALTER TEXT SEARCH CONFIGURATION other.config ALTER MAPPING FOR asciiword, word WITH other."dict;", english_stem;
ALTER TEXT SEARCH CONFIGURATION other.config DROP MAPPING IF EXISTS FOR url;
COMMENT ON TEXT SEARCH CONFIGURATION other.config IS 'searches';
CREATE TABLE other.documents (id int PRIMARY KEY, body text, found tsvector GENERATED ALWAYS AS (to_tsvector('other.config', body)) STORED);
INSERT INTO other.documents (id, body) VALUES (1, 'The quick; brown foxes'), (2, '');
CREATE INDEX documents_found ON other.documents USING gin (found) WITH (fastupdate = off);
CREATE INDEX documents_brin ON other.documents USING brin (id) WITH (pages_per_range = 4);
CREATE INDEX documents_hash ON other.documents USING hash (body);

CREATE STATISTICS other."stats;" (ndistinct, mcv) ON kind, amount FROM views.facts;
CREATE STATISTICS other.expressions ON (amount % 10), (lower(kind)), note FROM views.facts;
ALTER STATISTICS other."stats;" SET STATISTICS 77;
COMMENT ON STATISTICS other."stats;" IS 'two columns';

SET client_min_messages = error; -- wal_level is lower than a subscriber would need: of no matter here
CREATE PUBLICATION "all; of it" FOR ALL TABLES WITH (publish = 'insert, delete');
CREATE PUBLICATION chosen FOR TABLE other.documents (id, body), views.facts WHERE (amount > 10)
  WITH (publish = 'insert', publish_via_partition_root = true);
CREATE PUBLICATION whole_schemas FOR TABLES IN SCHEMA "Ünïcode schéma", "semi;colon--";
CREATE PUBLICATION nothing;
RESET client_min_messages;
ALTER PUBLICATION chosen OWNER TO awkward_owner;
COMMENT ON PUBLICATION chosen IS 'chosen''s';

-- No handler: whoever reads the table fails, so whoever counts rows must leave it out.
CREATE FOREIGN DATA WRAPPER "wrapper;" OPTIONS ("o;" 'it''s');
CREATE SERVER "far away" TYPE 't' VERSION '1' FOREIGN DATA WRAPPER "wrapper;" OPTIONS (host 'x;y');
CREATE USER MAPPING FOR PUBLIC SERVER "far away" OPTIONS ("user" 'u', password 'canary-user-mapping');
CREATE FOREIGN TABLE other.foreign (id int OPTIONS (n 'x') NOT NULL, body text DEFAULT ';') SERVER "far away" OPTIONS (path '/;');
COMMENT ON FOREIGN TABLE other.foreign IS 'not here';

CREATE CONVERSION other.own FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE ACCESS METHOD own_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE other.own_access (id int) USING own_heap;
INSERT INTO other.own_access VALUES (1);

COMMENT ON SCHEMA "semi;colon--" IS E'tab\there, CRLF\r\nthere; \\. "and" it''s -- a comment';
COMMENT ON TABLE "-dash"."--help" IS '$$ /* not closed';
COMMENT ON COLUMN "-dash"."--help"."'" IS '''';
COMMENT ON INDEX "-dash"."index; --
DROP" IS 'an index';
COMMENT ON TYPE kinds."Mood;" IS 'moods';
COMMENT ON DOMAIN kinds.positive IS 'a domain';
COMMENT ON COLLATION kinds."any case" IS 'a = A';
COMMENT ON CAST (kinds.pair AS text) IS 'a cast';
COMMENT ON AGGREGATE routines.longest(text) IS 'the longest';
COMMENT ON PROCEDURE routines.work(int, int) IS 'a procedure';
COMMENT ON SERVER "far away" IS '-';
