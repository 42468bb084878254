import { quoteIdentifier, quoteLiteral } from '../../core/identifiers.ts';
import type { UndoPoint } from '../../core/ports/database-facts.ts';
import { type Marker, readMarker, type UndoMarker, undoPointOf, writeMarker } from './marker.ts';
import { isOwnNameOf, parseOwnName } from './names.ts';
import type { Session } from './session.ts';

/** A database beside the live one whose name is of our making. */
export interface OwnDatabase {
  name: string;
  oid: number;
  sizeBytes: number;
  /** Whether it lets anybody in. */
  open?: boolean;
  marker: Marker | undefined;
  /** Whether its comment is somebody else's: then it is not ours, whatever its name. */
  foreign: boolean;
}

/** The databases with a name of ours, as a JSON array; part of the status query too. */
export const namedLikeOurs = `
  SELECT coalesce(jsonb_agg(jsonb_build_object('name', d.datname, 'oid', d.oid::bigint,
    'sizeBytes', pg_database_size(d.oid), 'open', d.datallowconn, 'comment', shobj_description(d.oid, 'pg_database'))), '[]')
  FROM pg_database d WHERE d.datname ~ '__kubegram_(shadow|scratch|undo)_[0-9a-f]{12}$'`;

export interface NamedRow {
  name: string;
  oid: number;
  sizeBytes: number;
  open?: boolean;
  comment: string | null;
}

/** The rows of {@link namedLikeOurs} that belong to this live database. */
export function ownDatabasesOf(rows: readonly NamedRow[], database: string): OwnDatabase[] {
  return rows.flatMap(({ comment, ...row }) => {
    const marker = readMarker(comment, row.oid);
    const mine = marker === undefined ? isOwnNameOf(row.name, database) : marker.of === database;
    return mine ? [{ ...row, marker, foreign: marker === undefined && comment !== null }] : [];
  });
}

export async function ownDatabases(session: Session, database: string): Promise<OwnDatabase[]> {
  return ownDatabasesOf(await session.json<NamedRow[]>(namedLikeOurs), database);
}

/** The undo points among them, newest first. */
export function undoPointsAmong(databases: readonly OwnDatabase[]): UndoPoint[] {
  return databases
    .flatMap((one) => {
      const undo = undoMarkerOf(one);
      return undo === undefined ? [] : [{ one, undo, sequence: undo.sequence ?? 0 }];
    })
    .sort((a, b) => b.sequence - a.sequence || (a.undo.at < b.undo.at ? 1 : -1))
    .map(({ one: { name, oid, sizeBytes }, undo }) => undoPointOf({ name, oid, sizeBytes }, undo));
}

/** The number of the next undo point among them. */
export function nextSequence(databases: readonly OwnDatabase[]): number {
  return 1 + Math.max(0, ...databases.map((one) => undoMarkerOf(one)?.sequence ?? 0));
}

function undoMarkerOf({ marker }: OwnDatabase): UndoMarker | undefined {
  const undo = marker?.kind === 'fence' ? marker.before : marker;
  return undo?.kind === 'undo' ? undo : undefined;
}

/** What an interrupted operation left: everything of ours that is not an undo point at rest. */
export function leftoversAmong(databases: readonly OwnDatabase[]): OwnDatabase[] {
  return databases.filter(({ name, marker, foreign, open }) => {
    // What is put aside gets its name and its marker in one transaction: without the marker it is not ours.
    if (marker === undefined) return !foreign && parseOwnName(name) !== 'undo';
    return marker.kind !== 'undo' || open;
  });
}

export async function setMarker(session: Session, name: string, marker: Marker): Promise<void> {
  await session.run(`COMMENT ON DATABASE ${quoteIdentifier(name)} IS ${quoteLiteral(writeMarker(marker))}`);
}
