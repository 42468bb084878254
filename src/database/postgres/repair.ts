import { reasonOf } from '../../core/errors.ts';
import { quoteIdentifier } from '../../core/identifiers.ts';
import { runProcess } from '../../process/process.ts';
import type { Client } from './client.ts';
import { endOrphans } from './control.ts';
import { dropOwnDatabase } from './drop-database.ts';
import { unfence } from './fence.ts';
import { leftoversAmong, type OwnDatabase, ownDatabases, setMarker } from './own-databases.ts';
import type { Session } from './session.ts';

/**
 * Puts in order what a dead operation left on the server, told from the server alone. Only called with the
 * target's lock held alone: whatever is found then belongs to nobody.
 *
 * @returns One sentence for each thing that was done.
 */
export async function repairServer(session: Session, client: Client, database: string): Promise<string[]> {
  const done: string[] = [];
  const orphans = await endOrphans(session);
  if (orphans > 0) done.push(`${orphans} session(s) of an interrupted operation were ended.`);
  for (const one of leftoversAmong(await ownDatabases(session, database))) {
    const sentence = await settle(session, client, database, one).catch(
      (error: unknown) => `The unfinished database ${one.name} could not be removed: ${reasonOf(error)}.`,
    );
    if (sentence !== undefined) done.push(sentence);
  }
  return done;
}

async function settle(
  session: Session,
  client: Client,
  database: string,
  one: OwnDatabase,
): Promise<string | undefined> {
  const { marker } = one;
  if (marker?.kind === 'fence') {
    await unfence(session, marker);
    const { of, oid, before, liveAllowed } = marker;
    const opened = liveAllowed ? `; ${database} accepts connections again` : '';
    await setMarker(session, one.name, before ?? { kind: 'shadow', of, oid });
    if (before !== null) return `An interrupted undo was taken back${opened}.`;
    await dropOwnDatabase(session, client, one);
    return `An interrupted swap was taken back${opened}.`;
  }
  if (marker?.kind === 'undo') {
    // Whoever looked into it died before it was closed again; what is put aside must not be written to.
    await session.run(`ALTER DATABASE ${quoteIdentifier(one.name)} ALLOW_CONNECTIONS false`);
    return `The undo point ${one.name} was closed again.`;
  }
  if (marker === undefined && !(await isUntouched(client, one.name))) return undefined;
  await dropOwnDatabase(session, client, one);
  return `The unfinished database ${one.name} was removed.`;
}

/** A crash between CREATE and its marker leaves our name with nothing in it; anything in it is not ours. */
async function isUntouched(client: Client, name: string): Promise<boolean> {
  const catalogues = [
    'pg_class',
    'pg_proc',
    'pg_type',
    'pg_namespace',
    'pg_extension',
    'pg_largeobject_metadata',
  ];
  const counts = catalogues.map((name) => `(SELECT count(*) FROM ${name} WHERE oid >= 16384)`);
  const query = `SELECT ${counts.join(' + ')}`;
  const result = await runProcess(client.launcher.start, client.psql(name, ['--command', query]));
  return result.exitCode === 0 && result.stdout.trim() === '0';
}
