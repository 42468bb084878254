-- Everything about a database that a restore must bring back, one JSON array a line: section, key, value.
-- Read-only. Names are quoted by the server; the session's settings are pinned, because a database may
-- carry its own, and they change how values look.
\set QUIET on
SET search_path = '';
SET statement_timeout = 0;
SET row_security = off;
SET "DateStyle" = 'ISO, YMD';
SET "IntervalStyle" = 'postgres';
SET "TimeZone" = 'UTC';
SET bytea_output = 'hex';
SET extra_float_digits = 1;
SET lc_monetary = 'C';
SET client_encoding = 'UTF8';
BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- Rows of tables and materialized views in no particular order, columns by name: a dump may change the
-- order of both (a column that a parent got after its child moves).
SELECT format(
  $$SELECT json_build_array(%L, %L, json_build_object('rows', count(*), 'digest', md5(string_agg(line, '' ORDER BY line COLLATE "C"))))
    FROM (SELECT md5(ROW(%s)::text) AS line FROM ONLY %s AS t) AS lines$$,
  CASE c.relkind WHEN 'm' THEN 'materializedViews' ELSE 'tables' END, n.name, columns.list, n.name)
FROM pg_class AS c
JOIN pg_namespace AS s ON s.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT format('%I.%I', s.nspname, c.relname)) AS n (name)
CROSS JOIN LATERAL (
  SELECT string_agg(format('t.%I', attname), ', ' ORDER BY attname COLLATE "C")
  FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
) AS columns (list)
WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND c.relpersistence <> 't' AND s.nspname NOT IN ('pg_catalog', 'information_schema')
\gexec
SELECT json_build_array('materializedViews', format('%I.%I', s.nspname, c.relname), 'unpopulated')
FROM pg_class AS c JOIN pg_namespace AS s ON s.oid = c.relnamespace WHERE c.relkind = 'm' AND NOT c.relispopulated;

SELECT format('SELECT json_build_array(''sequences'', %L, json_build_object(''last_value'', last_value::text, ''is_called'', is_called)) FROM %s', n.name, n.name)
FROM pg_class AS c
JOIN pg_namespace AS s ON s.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT format('%I.%I', s.nspname, c.relname)) AS n (name)
WHERE c.relkind = 'S' AND c.relpersistence <> 't'
\gexec

SELECT json_build_array('largeObjects', l.oid::text, json_build_object(
  'content', md5(lo_get(l.oid)), 'owner', pg_get_userbyid(l.lomowner), 'comment', obj_description(l.oid, 'pg_largeobject'),
  'acl', ARRAY(SELECT a::text FROM unnest(coalesce(l.lomacl, acldefault('L', l.lomowner))) AS a ORDER BY a::text COLLATE "C")))
FROM pg_largeobject_metadata AS l;

SELECT json_build_array('extensions', e.extname, json_build_object('version', e.extversion, 'schema', e.extnamespace::regnamespace))
FROM pg_extension AS e;

-- Enabled or not, also the triggers that are parts of a foreign key (a dump does not carry those).
SELECT json_build_array('triggers', format('%s on %s', CASE WHEN t.tgisinternal THEN c.conname ELSE t.tgname END, t.tgrelid::regclass),
  string_agg(t.tgenabled::text, '' ORDER BY t.tgtype, t.tgenabled))
FROM pg_trigger AS t LEFT JOIN pg_constraint AS c ON c.oid = t.tgconstraint GROUP BY CASE WHEN t.tgisinternal THEN c.conname ELSE t.tgname END, t.tgrelid;
SELECT json_build_array('eventTriggers', evtname, json_build_object('enabled', evtenabled, 'owner', pg_get_userbyid(evtowner))) FROM pg_event_trigger;

SELECT json_build_array('constraints', i.identity, json_build_object('validated', c.convalidated, 'definition', pg_get_constraintdef(c.oid)))
FROM pg_constraint AS c, pg_identify_object('pg_constraint'::regclass, c.oid, 0) AS i WHERE c.oid >= 16384;
SELECT json_build_array('indexes', x.indexrelid::regclass, json_build_object('valid', x.indisvalid, 'clustered', x.indisclustered, 'replica', x.indisreplident))
FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indexrelid WHERE x.indexrelid >= 16384 AND c.relnamespace <> 'pg_toast'::regnamespace;

SELECT json_build_array('comments', format('%s %s', i.type, i.identity), d.description)
FROM pg_description AS d, pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
WHERE d.objoid >= 16384 OR (d.classoid, d.objoid) = ('pg_namespace'::regclass, 'public'::regnamespace);

SELECT json_build_array('database', f.key, f.value)
FROM pg_database AS d
CROSS JOIN LATERAL json_each(json_build_object(
  'owner', pg_get_userbyid(d.datdba), 'encoding', pg_encoding_to_char(d.encoding), 'provider', d.datlocprovider,
  'collate', d.datcollate, 'ctype', d.datctype, 'locale', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
  'tablespace', (SELECT spcname FROM pg_tablespace WHERE oid = d.dattablespace),
  'acl', ARRAY(SELECT a::text FROM unnest(coalesce(d.datacl, acldefault('d', d.datdba))) AS a ORDER BY a::text COLLATE "C"),
  'connection_limit', d.datconnlimit, 'allow_connections', d.datallowconn, 'is_template', d.datistemplate,
  'comment', shobj_description(d.oid, 'pg_database'),
  'settings', (
    SELECT json_object_agg(CASE r.setrole WHEN 0 THEN '' ELSE pg_get_userbyid(r.setrole) END, ARRAY(SELECT s FROM unnest(r.setconfig) AS s ORDER BY s COLLATE "C"))
    FROM pg_db_role_setting AS r WHERE r.setdatabase = d.oid)
)) AS f
WHERE d.datname = current_database();
COMMIT;
