import { quoteIdentifier } from '../../core/identifiers.ts';
import type { FenceMarker } from './marker.ts';
import type { Session } from './session.ts';

/** Opens the live database of a swap again as far as it was open; told by its oid, whatever its name is now. */
export async function unfence(session: Session, { liveOid, liveAllowed }: FenceMarker): Promise<void> {
  const names = await session.json<string[]>(
    `SELECT coalesce(jsonb_agg(datname), '[]') FROM pg_database WHERE oid = ${liveOid}`,
  );
  for (const name of names) {
    await session.run(`ALTER DATABASE ${quoteIdentifier(name)} ALLOW_CONNECTIONS ${liveAllowed}`);
  }
}
