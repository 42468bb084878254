/**
 * The queries about a live database. Each gives one JSON document, so that whatever names hold arrives as
 * it is. Catalogue columns that only some versions have are read through to_jsonb.
 */

/** Ordinary and unlogged tables of the user's: what has rows of its own. */
const userTables = `
  SELECT c.oid, c.relname, n.nspname, c.reltuples, c.relnatts, c.relpages,
    -- To measure a table is to wait for whoever has it alone, and a look must not wait.
    EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'relation' AND l.relation = c.oid
      AND l.mode = 'AccessExclusiveLock') AS locked,
    (SELECT e.oid FROM pg_depend p JOIN pg_extension e ON e.oid = p.refobjid
      WHERE p.classid = 'pg_class'::regclass AND p.objid = c.oid AND p.deptype = 'e'
        AND p.refclassid = 'pg_extension'::regclass) AS extension
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence IN ('p', 'u')
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;

export const tablesQuery = `
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'schema', t.nspname, 'name', t.relname,
    'columns', (SELECT coalesce(jsonb_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_attribute a
      WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'estimatedRows', CASE WHEN t.reltuples < 0 THEN NULL ELSE t.reltuples::bigint END,
    'sizeBytes', CASE WHEN t.locked THEN t.relpages::bigint * 8192 ELSE pg_total_relation_size(t.oid) END,
    'condition', (SELECT e.extcondition[array_position(e.extconfig, t.oid)]
      FROM pg_extension e WHERE e.oid = t.extension),
    'extension', (SELECT jsonb_build_object('name', e.extname, 'dumped', t.oid = ANY (coalesce(e.extconfig, '{}')))
      FROM pg_extension e WHERE e.oid = t.extension)
  ) ORDER BY t.nspname, t.relname), '[]')
  FROM (${userTables}) t`;

/** Of a row `d` of pg_database: what hangs on a database and is in no dump. */
export const settingsQuery = `
  SELECT jsonb_build_object(
    'owner', pg_get_userbyid(d.datdba),
    'encoding', pg_encoding_to_char(d.encoding),
    'locale', d.datcollate,
    'ctype', d.datctype,
    'locale_provider', CASE to_jsonb(d) ->> 'datlocprovider'
      WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
    'provider_locale', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
    'icu_rules', to_jsonb(d) ->> 'daticurules',
    'tablespace', (SELECT spcname FROM pg_tablespace WHERE oid = d.dattablespace),
    'acl', d.datacl::text,
    'settings', coalesce((SELECT to_jsonb(s.setconfig) FROM pg_db_role_setting s
      WHERE s.setdatabase = d.oid AND s.setrole = 0), '[]'),
    'role_settings', (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'role', pg_get_userbyid(s.setrole), 'setting', x.setting) ORDER BY s.setrole, x.n), '[]')
      FROM pg_db_role_setting s, unnest(s.setconfig) WITH ORDINALITY AS x(setting, n)
      WHERE s.setdatabase = d.oid AND s.setrole <> 0),
    'comment', shobj_description(d.oid, 'pg_database'),
    'connection_limit', d.datconnlimit,
    'allow_connections', d.datallowconn,
    'is_template', d.datistemplate)`;

/**
 * Roles that a restore needs: whatever the server itself recorded as a dependency of this database, and the
 * role of the bootstrap superuser, which is never recorded, where it owns something of the user's.
 */
const rolesQuery = `
  SELECT coalesce(jsonb_agg(DISTINCT r.rolname), '[]') FROM pg_roles r
  WHERE r.rolname !~ '^pg_' AND (
    r.oid IN (SELECT s.refobjid FROM pg_shdepend s WHERE s.refclassid = 'pg_authid'::regclass
      AND (s.dbid = d.oid OR s.classid = 'pg_database'::regclass AND s.objid = d.oid))
    OR r.oid IN (SELECT setrole FROM pg_db_role_setting WHERE setdatabase = d.oid)
    OR r.oid = 10 AND (r.oid = d.datdba
      OR EXISTS (SELECT 1 FROM pg_class WHERE relowner = 10 AND oid >= 16384)
      OR EXISTS (SELECT 1 FROM pg_proc WHERE proowner = 10 AND oid >= 16384)
      OR EXISTS (SELECT 1 FROM pg_type WHERE typowner = 10 AND oid >= 16384)
      OR EXISTS (SELECT 1 FROM pg_namespace WHERE nspowner = 10 AND oid >= 16384)))`;

/** What a swap by rename would damage without a word (FAULTS F42; measured on 15 and 17). */
export const obstaclesQuery = `
  SELECT coalesce(jsonb_agg(x.what), '[]') FROM (
    SELECT format('the prepared transaction %L', gid) AS what FROM pg_prepared_xacts WHERE database = d.datname
    UNION ALL SELECT format('the logical replication slot %s', slot_name) FROM pg_replication_slots
      WHERE database = d.datname
    UNION ALL SELECT format('the subscription %s', subname) FROM pg_subscription WHERE subdbid = d.oid) x`;

const invalidIndexesQuery = `
  SELECT coalesce(jsonb_agg(format('%I.%I', n.nspname, c.relname)), '[]')
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT i.indisvalid AND c.relkind = 'i'`;

/** Sequences of the user's that are not where they began, as far as a number was taken from them. */
export const movedSequencesQuery = `
  SELECT coalesce(jsonb_agg(jsonb_build_object('schema', s.schemaname, 'name', s.sequencename, 'ownedBy', (
      SELECT jsonb_build_object('schema', n.nspname, 'name', t.relname)
      FROM pg_depend p JOIN pg_class t ON t.oid = p.refobjid JOIN pg_namespace n ON n.oid = t.relnamespace
      WHERE p.classid = 'pg_class'::regclass AND p.objid = c.oid AND p.refclassid = 'pg_class'::regclass
        AND p.deptype IN ('a', 'i') AND p.refobjsubid > 0
    )) ORDER BY s.schemaname, s.sequencename), '[]')
  FROM pg_sequences s JOIN pg_class c ON c.oid = format('%I.%I', s.schemaname, s.sequencename)::regclass
  WHERE s.last_value IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM pg_depend p WHERE p.classid = 'pg_class'::regclass AND p.objid = c.oid AND p.deptype = 'e')`;

export const liveFactsQuery = `
  SELECT jsonb_build_object(
    'name', d.datname, 'oid', d.oid::bigint, 'sizeBytes', pg_database_size(d.oid),
    'sessions', (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid
      AND a.backend_type = 'client backend' AND a.application_name NOT LIKE 'kubegram-%'),
    'tablePages', (SELECT coalesce(sum(relpages), 0) FROM pg_class WHERE relkind IN ('r', 't') AND oid >= 16384),
    'tables', (${tablesQuery}),
    'schemas', (SELECT jsonb_agg(nspname ORDER BY nspname) FROM pg_namespace
      WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
    'roles', (${rolesQuery}),
    'extensions', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', extname, 'version', extversion)
      ORDER BY extname), '[]') FROM pg_extension WHERE extname <> 'plpgsql'),
    'tablespaces', (SELECT coalesce(jsonb_agg(t.spcname ORDER BY t.spcname), '[]') FROM pg_tablespace t
      WHERE t.spcname !~ '^pg_' AND (t.oid = d.dattablespace
        OR t.oid IN (SELECT reltablespace FROM pg_class))),
    'settings', (${settingsQuery}),
    'obstacles', (${obstaclesQuery}),
    'largeObjects', (SELECT count(*) FROM pg_largeobject_metadata),
    'userObjects', (SELECT (SELECT count(*) FROM pg_class WHERE oid >= 16384)
      + (SELECT count(*) FROM pg_type WHERE oid >= 16384) + (SELECT count(*) FROM pg_proc WHERE oid >= 16384)
      + (SELECT count(*) FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_(toast_)?temp_')
      + (SELECT count(*) FROM pg_extension WHERE oid >= 16384) + (SELECT count(*) FROM pg_operator WHERE oid >= 16384)),
    'invalidIndexes', (${invalidIndexesQuery}))
  FROM pg_database d WHERE d.datname = current_database()`;

export const serverFactsQuery = `
  SELECT jsonb_build_object(
    'version', split_part(current_setting('server_version'), ' ', 1),
    'superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
    'dataFolder', CASE WHEN pg_has_role(current_user, 'pg_read_all_settings', 'USAGE')
      THEN current_setting('data_directory', true) END,
    'systemIdentifier', (SELECT system_identifier::text FROM pg_control_system()),
    'roles', (SELECT jsonb_agg(rolname) FROM pg_roles),
    'tablespaces', (SELECT jsonb_agg(spcname) FROM pg_tablespace),
    'extensions', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', x.name, 'versions', x.versions)), '[]')
      FROM (SELECT name, jsonb_agg(version) AS versions FROM pg_available_extension_versions GROUP BY name) x))`;

/** Catalogues whose every row is of the schema. */
const wholeCatalogues = [
  ...[
    'am',
    'amop',
    'amproc',
    'opclass',
    'operator',
    'opfamily',
    'cast',
    'collation',
    'conversion',
    'language',
  ],
  ...[
    'aggregate',
    'enum',
    'event_trigger',
    'extension',
    'foreign_data_wrapper',
    'foreign_server',
    'init_privs',
  ],
  ...['publication', 'publication_rel', 'range', 'statistic_ext', 'transform', 'default_acl', 'seclabel'],
  ...['ts_config', 'ts_config_map', 'ts_dict', 'ts_parser', 'ts_template', 'description'],
];

/** Catalogues with rows of temporary relations too, by the column that names the relation. */
const relationCatalogues = {
  ...{ class: 'oid', attribute: 'attrelid', attrdef: 'adrelid', constraint: 'conrelid', index: 'indrelid' },
  ...{
    inherits: 'inhrelid',
    policy: 'polrelid',
    rewrite: 'ev_class',
    sequence: 'seqrelid',
    trigger: 'tgrelid',
  },
  ...{ foreign_table: 'ftrelid', partitioned_table: 'partrelid' },
};

/** What TRUNCATE, REFRESH, VACUUM and ANALYZE write: where the rows lie and what is reckoned of them. */
const physicalColumns = [
  ...['oid', 'relfilenode', 'reltoastrelid', 'relpages', 'reltuples', 'relallvisible', 'relallfrozen'],
  ...['relfrozenxid', 'relminmxid', 'relhasindex', 'relhasrules', 'relhastriggers', 'relhassubclass'],
];

const temporaryNamespaces = `SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_(toast_)?temp_'`;

const catalogueConditions: [catalogue: string, condition: string][] = [
  ...wholeCatalogues.map((name): [string, string] => [name, 'true']),
  ...Object.entries(relationCatalogues).map(([name, column]): [string, string] => [
    name,
    `${column} NOT IN (SELECT oid FROM pg_class WHERE relnamespace IN (${temporaryNamespaces})${
      // A table that is filled anew gets another TOAST table; its options are in pg_class.
      name === 'class' ? '' : ` OR relnamespace = 'pg_toast'::regnamespace`
    })`,
  ]),
  ['namespace', `oid NOT IN (${temporaryNamespaces})`],
  ['proc', `pronamespace NOT IN (${temporaryNamespaces})`],
  ['type', `typnamespace NOT IN (${temporaryNamespaces})`],
];

const classVersion = `md5((to_jsonb(pg_class) - '{${physicalColumns.join(',')}}'::text[])::text)`;

/**
 * A text that changes whenever an object of the schema is made, changed or dropped: the row versions of the
 * catalogues, and what pg_class says. Statistics and storage do not count, nor does what is temporary.
 */
export const schemaTokenQuery = `
  SELECT md5(string_agg(part, ',' ORDER BY part)) FROM (
    ${catalogueConditions
      .map(
        ([name, condition]) =>
          `SELECT '${name}' || count(*) || md5(string_agg(x.version, ',' ORDER BY x.version)) AS part
           FROM (SELECT ${name === 'class' ? classVersion : 'ctid::text || xmin::text'} AS version
             FROM pg_${name} WHERE ${condition}) x`,
      )
      .join('\n    UNION ALL ')}
    UNION ALL SELECT 'user_mappings' || md5(string_agg(to_jsonb(m)::text, ',' ORDER BY m.umid)) FROM pg_user_mappings m
    UNION ALL SELECT 'publication_namespace' || CASE
      WHEN to_regclass('pg_catalog.pg_publication_namespace') IS NOT NULL -- since PostgreSQL 15
      THEN query_to_xml('SELECT oid, xmin FROM pg_catalog.pg_publication_namespace ORDER BY oid', true, true, '')::text
      ELSE '' END) parts`;

/** The materialized views that have their rows, by name. */
export const populatedViewsQuery = `
  SELECT coalesce(jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', c.relname)
    ORDER BY n.nspname, c.relname), '[]')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND c.relispopulated`;
