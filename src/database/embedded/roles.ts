import { quoteIdentifier } from '../../core/identifiers.ts';
import type { Cluster } from './cluster.ts';

interface RoleStatement {
  /** The role that it makes; null where it makes none. */
  makes: string | null;
  statement: string;
}

/**
 * Roles belong to a cluster, and each embedded database is one of its own: a new database gets the roles of
 * the live one, so that its owners and grants mean the same there.
 */
const roleStatements = `
  SELECT coalesce(jsonb_agg(jsonb_build_object('makes', x.makes, 'statement', x.statement)
    ORDER BY x.makes IS NULL, x.statement), '[]') FROM (
    SELECT rolname AS makes, format('CREATE ROLE %I %s %s %s %s %s %s %s CONNECTION LIMIT %s PASSWORD %L', rolname,
        CASE WHEN rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END,
        CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
        CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END,
        CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
        CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END,
        CASE WHEN rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
        CASE WHEN rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END,
        rolconnlimit, rolpassword) AS statement
      FROM pg_authid WHERE oid >= 16384
    UNION ALL
    SELECT NULL, format('GRANT %I TO %I WITH ADMIN %s, INHERIT %s, SET %s', role.rolname, member.rolname,
        a.admin_option, a.inherit_option, a.set_option)
      FROM pg_auth_members a JOIN pg_authid role ON role.oid = a.roleid JOIN pg_authid member ON member.oid = a.member
      WHERE a.oid >= 16384) x`;

export async function copyRoles(from: Cluster, to: Cluster): Promise<void> {
  const there = await rolesOf(to);
  for (const { makes, statement } of await from.json<RoleStatement[]>(roleStatements)) {
    if (makes === null || !there.includes(makes)) await to.run(statement);
  }
}

/** Makes those roles that are not there yet; nobody can log in as one of them. */
export async function makeRoles(cluster: Cluster, names: readonly string[]): Promise<void> {
  const there = await rolesOf(cluster);
  for (const name of names.filter((role) => !there.includes(role))) {
    await cluster.run(`CREATE ROLE ${quoteIdentifier(name)} NOLOGIN`);
  }
}

function rolesOf(cluster: Cluster): Promise<string[]> {
  return cluster.json<string[]>('SELECT jsonb_agg(rolname) FROM pg_roles');
}
