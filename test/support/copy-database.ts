import { KNOWN_LOSSES } from './awkward/load.ts';
import type { TestContainer } from './container.ts';

/**
 * A correct copy made by nothing but pg_dump, psql and plain SQL: the yardstick for the product's own way.
 * For databases with plain names.
 */
export async function copyDatabase(container: TestContainer, from: string, to: string): Promise<void> {
  await container.createDatabase(to);
  const { name, version } = KNOWN_LOSSES.extension;
  // Made beforehand at its version; the dump's own CREATE EXTENSION IF NOT EXISTS then does nothing.
  await container.sql(`CREATE EXTENSION ${name} SCHEMA public VERSION '${version}';`, { database: to });
  const quiet = container.major >= 17 ? 'event_triggers=off' : 'session_replication_role=replica';
  const copy = await container.exec([
    ...['bash', '-o', 'pipefail', '-c'],
    'pg_dump -U "$1" -d "$2" | PGOPTIONS="-c $4" psql -U "$1" -d "$3" -X -q -v ON_ERROR_STOP=1 >/dev/null',
    ...['copy', container.user, from, to, quiet],
  ]);
  if (copy.exitCode !== 0) throw new Error(copy.stderr);
  await copyDatabaseFacts(container, from, to);
}

/** What hangs on the database itself, settings last: they would change what the statements before them do. */
async function copyDatabaseFacts(container: TestContainer, from: string, to: string): Promise<void> {
  await container.sql(`
\\set from '${from}'
\\set to '${to}'
SELECT format('ALTER DATABASE %I OWNER TO %I', :'to', pg_get_userbyid(datdba)),
  format('ALTER DATABASE %I CONNECTION LIMIT %s', :'to', datconnlimit),
  format('COMMENT ON DATABASE %I IS %L', :'to', shobj_description(oid, 'pg_database')),
  format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'to')
FROM pg_database WHERE datname = :'from'
\\gexec
SELECT format('SET ROLE %I', pg_get_userbyid(grantor)),
  format('GRANT %s ON DATABASE %I TO %s%s', privilege_type, :'to',
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
    CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END),
  'RESET ROLE'
FROM pg_database, unnest(coalesce(datacl, acldefault('d', datdba))) WITH ORDINALITY AS a (item, position), aclexplode(ARRAY[item])
WHERE datname = :'from' ORDER BY position
\\gexec
-- FROM CURRENT, because it takes a list over as it is stored: '""' is an empty list, and as SQL an error.
SELECT 'BEGIN',
  format('SELECT set_config(%L, %L, true)', setting[1], setting[2]),
  format('ALTER %s SET %s FROM CURRENT',
    CASE setrole WHEN 0 THEN format('DATABASE %I', :'to')
      ELSE format('ROLE %I IN DATABASE %I', pg_get_userbyid(setrole), :'to') END, setting[1]),
  'COMMIT'
FROM pg_db_role_setting, unnest(setconfig) AS line, regexp_match(line, '^([^=]+)=(.*)$') AS setting
WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = :'from')
\\gexec
`);
}
