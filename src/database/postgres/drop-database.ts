import { OperationError } from '../../core/errors.ts';
import { quoteIdentifier, quoteLiteral } from '../../core/identifiers.ts';
import { runProcess } from '../../process/process.ts';
import type { Client } from './client.ts';
import { readMarker } from './marker.ts';
import type { Session } from './session.ts';

/**
 * Drops a database of ours: only the one with this name *and* this oid, so that a name that was cut or
 * given anew can never be somebody else's data.
 */
export async function dropOwnDatabase(
  session: Session,
  client: Client,
  database: { name: string; oid: number },
): Promise<void> {
  const [found] = await session.json<{ oid: number; template: boolean; comment: string | null }[]>(
    `SELECT coalesce(jsonb_agg(jsonb_build_object('oid', oid::bigint, 'template', datistemplate,
       'comment', shobj_description(oid, 'pg_database'))), '[]')
     FROM pg_database WHERE datname = ${quoteLiteral(database.name)}`,
  );
  if (found === undefined) return;
  // With a fence's marker the way to open the live database again would go.
  if (found.oid !== database.oid || readMarker(found.comment, found.oid)?.kind === 'fence') {
    throw new OperationError(
      'refused',
      `${database.name} is not the database that it was; it is left alone.`,
      {
        hint: 'Look at it, and drop it by hand if it is not needed.',
      },
    );
  }
  await client.leave();
  const name = quoteIdentifier(database.name);
  // Only where it is one: what is left of an interrupted DROP can be dropped, and altered no more.
  if (found.template) await session.run(`ALTER DATABASE ${name} IS_TEMPLATE false`);
  await detachSubscriptions(session, client, database);
  await session.run(`DROP DATABASE ${name} WITH (FORCE)`);
}

/** A restored subscription names a replication slot on another server; it must not go with the shadow. */
async function detachSubscriptions(
  session: Session,
  client: Client,
  database: { name: string; oid: number },
): Promise<void> {
  const subscriptions = await session.json<string[]>(
    `SELECT coalesce(jsonb_agg(subname), '[]') FROM pg_subscription WHERE subdbid = ${database.oid}`,
  );
  if (subscriptions.length === 0) return;
  const statements = subscriptions.map(
    (name) =>
      `ALTER SUBSCRIPTION ${quoteIdentifier(name)} DISABLE;
       ALTER SUBSCRIPTION ${quoteIdentifier(name)} SET (slot_name = NONE);
       DROP SUBSCRIPTION ${quoteIdentifier(name)};`,
  );
  const input = statements.join('\n');
  await runProcess(client.launcher.start, client.psql(database.name, ['--file', '-']), { input });
}
