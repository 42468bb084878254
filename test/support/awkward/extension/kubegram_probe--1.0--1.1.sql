\echo Use "ALTER EXTENSION kubegram_probe UPDATE" to load this file. \quit
ALTER TABLE @extschema@.probe_marked ADD COLUMN added_by text DEFAULT 'version 1.1';
CREATE OR REPLACE FUNCTION @extschema@.probe_version() RETURNS text LANGUAGE sql IMMUTABLE RETURN '1.1';
