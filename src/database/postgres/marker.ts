import * as v from 'valibot';
import type { UndoPoint } from '../../core/ports/database-facts.ts';

const prefix = 'kubegram-database-manager ';

const common = {
  /** The live database's name. */
  of: v.string(),
  /** The marked database's own oid: a comment that was copied elsewhere marks nothing. */
  oid: v.number(),
};
const undoFacts = {
  at: v.string(),
  /** Counts the undo points of a live database: clocks are set back. Older ones have none. */
  sequence: v.optional(v.number()),
  operation: v.picklist(['restore', 'clear', 'undo']),
  backupId: v.nullable(v.string()),
  /** The comment that the database had as the live one. */
  comment: v.nullable(v.string()),
};
const undo = v.object({ kind: v.literal('undo'), ...common, ...undoFacts });

const marker = v.variant('kind', [
  v.object({ kind: v.literal('shadow'), ...common }),
  v.object({ kind: v.literal('scratch'), ...common }),
  undo,
  /** A swap is under way: the live database does not accept connections until it has ended or is repaired. */
  v.object({
    kind: v.literal('fence'),
    ...common,
    liveOid: v.number(),
    liveAllowed: v.boolean(),
    /** What the marked database was before: a shadow is dropped in a repair, an undo point is kept. */
    before: v.nullable(undo),
  }),
]);

/** What the comment of a database of ours says (SPEC 5): with its strict name it makes the database ours. */
export type Marker = v.InferOutput<typeof marker>;
export type UndoMarker = v.InferOutput<typeof undo>;
export type FenceMarker = Extract<Marker, { kind: 'fence' }>;

export function writeMarker(value: Marker): string {
  return prefix + JSON.stringify(value);
}

/** Undefined where the comment is not a marker of ours for this very database. */
export function readMarker(comment: string | null, oid: number): Marker | undefined {
  if (!comment?.startsWith(prefix)) return undefined;
  try {
    const result = v.safeParse(marker, JSON.parse(comment.slice(prefix.length)));
    return result.success && result.output.oid === oid ? result.output : undefined;
  } catch {
    return undefined;
  }
}

export function undoPointOf(
  row: { name: string; oid: number; sizeBytes: number },
  value: UndoMarker,
): UndoPoint {
  const { at, operation, backupId } = value;
  return { ...row, at, operation, backupId };
}
