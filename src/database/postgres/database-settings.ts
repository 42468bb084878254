import { quoteIdentifier, quoteLiteral } from '../../core/identifiers.ts';
import type { DatabaseSettings } from '../../core/manifest.ts';
import { settingsQuery } from './facts-query.ts';
import type { Session } from './session.ts';

/** The options of CREATE DATABASE: they cannot be changed afterwards. */
export function createOptions(settings: DatabaseSettings): string {
  const options = [
    'TEMPLATE template0',
    `ENCODING ${quoteLiteral(settings.encoding)}`,
    `LC_COLLATE ${quoteLiteral(settings.locale)}`,
    `LC_CTYPE ${quoteLiteral(settings.ctype)}`,
  ];
  // The default one is template0's own; to name it takes a right that only some roles have.
  if (settings.tablespace !== 'pg_default')
    options.push(`TABLESPACE ${quoteIdentifier(settings.tablespace)}`);
  if (settings.locale_provider === 'icu' && settings.provider_locale !== null) {
    options.push('LOCALE_PROVIDER icu', `ICU_LOCALE ${quoteLiteral(settings.provider_locale)}`);
    if (settings.icu_rules !== null) options.push(`ICU_RULES ${quoteLiteral(settings.icu_rules)}`);
  }
  if (settings.locale_provider === 'builtin' && settings.provider_locale !== null) {
    options.push('LOCALE_PROVIDER builtin', `BUILTIN_LOCALE ${quoteLiteral(settings.provider_locale)}`);
  }
  return options.join(' ');
}

/** Undefined where there is no such database. */
export async function settingsOf(session: Session, database: string): Promise<DatabaseSettings | undefined> {
  const [found] = await session.json<DatabaseSettings[]>(
    `SELECT coalesce(jsonb_agg((${settingsQuery})), '[]') FROM pg_database d WHERE d.datname = ${quoteLiteral(database)}`,
  );
  return found;
}

/**
 * Gives a database what hangs on its oid and is in no dump: owner, grants, limit, settings (FAULTS F52).
 * The settings come last, since they change what every later session in it does.
 */
export async function applySettings(
  session: Session,
  name: string,
  settings: DatabaseSettings,
): Promise<void> {
  const database = `DATABASE ${quoteIdentifier(name)}`;
  if (settings.owner !== null) {
    await session.run(`ALTER ${database} OWNER TO ${quoteIdentifier(settings.owner)}`);
  }
  await session.run(`ALTER ${database} CONNECTION LIMIT ${settings.connection_limit}`);
  if (settings.is_template) await session.run(`ALTER ${database} IS_TEMPLATE true`);
  if (settings.acl !== null) await applyGrants(session, database, settings.owner, settings.acl);
  for (const setting of settings.settings) await session.run(settingStatement(`ALTER ${database}`, setting));
  for (const { role, setting } of settings.role_settings) {
    await session.run(settingStatement(`ALTER ROLE ${quoteIdentifier(role)} IN ${database}`, setting));
  }
}

interface Grant {
  grantor: string;
  grantee: string;
  privilege: string;
  grantable: boolean;
}

/** Grants anew what the access list says, each by its own grantor, so that grant options stay whose they were. */
async function applyGrants(
  session: Session,
  database: string,
  owner: string | null,
  acl: string,
): Promise<void> {
  const grants = await session.json<Grant[]>(
    `SELECT coalesce(jsonb_agg(jsonb_build_object('grantor', pg_get_userbyid(a.grantor),
       'grantee', CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee) END,
       'privilege', a.privilege_type, 'grantable', a.is_grantable) ORDER BY a.n), '[]')
     FROM aclexplode(nullif(${quoteLiteral(acl)}, '{}')::aclitem[]) WITH ORDINALITY AS a(grantor, grantee, privilege_type, is_grantable, n)`,
  );
  await session.run(`REVOKE ALL ON ${database} FROM PUBLIC`);
  // The owner too where the list has nothing from him: he may have taken all from himself.
  const grantors = grants.map((grant) => grant.grantor);
  for (const role of new Set(owner === null ? grantors : [owner, ...grantors])) {
    await session.run(`REVOKE ALL ON ${database} FROM ${quoteIdentifier(role)} CASCADE`);
  }
  // A grant made with somebody's grant option needs that option to be there first.
  const pending = [...grants];
  for (let rounds = pending.length; pending.length > 0 && rounds > 0; rounds--) {
    for (const grant of pending.splice(0)) {
      if (!(await tryGrant(session, database, grant))) pending.push(grant);
    }
  }
}

async function tryGrant(session: Session, database: string, grant: Grant): Promise<boolean> {
  const grantee = grant.grantee === '' ? 'PUBLIC' : quoteIdentifier(grant.grantee);
  const option = grant.grantable ? ' WITH GRANT OPTION' : '';
  await session.run(`SET ROLE ${quoteIdentifier(grant.grantor)}`);
  try {
    await session.run(`GRANT ${grant.privilege} ON ${database} TO ${grantee}${option}`);
    return true;
  } catch {
    return false;
  } finally {
    await session.run('RESET ROLE');
  }
}

/**
 * Settings whose value is a list are stored with each element quoted already (GUC_LIST_QUOTE). Neither the
 * stored text as it is nor as a literal is right for all of them (`search_path = ''` is stored as `""`), so
 * the session takes the stored value over and hands it on.
 */
const quotedLists = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

function settingStatement(alter: string, setting: string): string {
  const at = setting.indexOf('=');
  const name = setting.slice(0, at);
  const value = setting.slice(at + 1);
  const quotedName = name.split('.').map(quoteIdentifier).join('.');
  if (!quotedLists.has(name.toLowerCase())) return `${alter} SET ${quotedName} TO ${quoteLiteral(value)}`;
  const handOn = `BEGIN
    PERFORM set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, true);
    EXECUTE ${quoteLiteral(`${alter} SET ${quotedName} FROM CURRENT`)};
  END`;
  return `DO LANGUAGE plpgsql ${quoteLiteral(handOn)}`;
}
