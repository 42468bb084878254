import { OperationError } from '../core/errors.ts';
import type { DatabaseFacts, ServerFacts, UndoPoint } from '../core/ports/database-facts.ts';

/** Which database it was that somebody looked at: a name alone may stand for another one a moment later. */
export interface Seen {
  systemIdentifier: string;
  /** Null where there was no database of that name. */
  oid: number | null;
  /** The oid of what undo would bring back; null where that was not looked at. */
  undoPoint: number | null;
}

/** A preview, with what it was of. */
export type Previewed<T> = T & { seen: Seen };

export function seenAs(
  { systemIdentifier }: ServerFacts,
  live: DatabaseFacts | null,
  point?: UndoPoint,
): Seen {
  return { systemIdentifier, oid: live?.oid ?? null, undoPoint: point?.oid ?? null };
}

/** Refuses where the name stands for something else now than when it was previewed; nothing is changed. */
export function requireSeen(previewed: Seen | undefined, database: string, now: Seen): void {
  if (previewed === undefined) return;
  const same =
    now.systemIdentifier === previewed.systemIdentifier &&
    now.oid === previewed.oid &&
    now.undoPoint === previewed.undoPoint;
  if (same) return;
  throw new OperationError(
    'refused',
    `${database} is not the database that was previewed any more: it was replaced or made anew since.`,
    { hint: 'Nothing was changed. Look at the preview again, then choose anew.' },
  );
}
