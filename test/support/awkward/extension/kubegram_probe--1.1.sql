\echo Use "CREATE EXTENSION kubegram_probe" to load this file. \quit
CREATE TABLE @extschema@.probe_marked (key text PRIMARY KEY, value text, added_by text DEFAULT 'version 1.1');
INSERT INTO @extschema@.probe_marked VALUES ('seed', 'comes with the extension'), ('seed 2', 'so no dump carries it');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.probe_marked', $$WHERE key NOT LIKE 'seed%'$$);
CREATE SEQUENCE @extschema@.probe_marked_numbers;
SELECT pg_catalog.pg_extension_config_dump('@extschema@.probe_marked_numbers', '');
CREATE TABLE @extschema@.probe_unmarked (key text PRIMARY KEY, value text);
INSERT INTO @extschema@.probe_unmarked VALUES ('seed', 'comes with the extension');
CREATE FUNCTION @extschema@.probe_version() RETURNS text LANGUAGE sql IMMUTABLE RETURN '1.1';
