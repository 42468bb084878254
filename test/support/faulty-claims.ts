import type { BackupResult } from '../../src/operations/backup.ts';
import type { ClearResult } from '../../src/operations/clear.ts';
import type { RestoreResult } from '../../src/operations/restore.ts';
import type { Rotation } from '../../src/operations/rotate.ts';
import type { UndoResult } from '../../src/operations/undo.ts';
import type { VerifyResult } from '../../src/operations/verify.ts';
import type { After, Before } from './invariants.ts';

/** What an operation that says success is held to. */
export interface Seen {
  before: Before;
  after: After;
  /** What the folder held after a run in which nothing failed. */
  faultless: Pick<After, 'sets'>;
}

/** What of an operation's result is not so; that the live content is the new one is looked at elsewhere. */
export type Claim = (seen: Seen) => string[];

export function backupClaim({ set, removed, warnings }: BackupResult): Claim {
  return (seen) => [...oneNewSet(seen, set.id), ...rotated(seen, removed, warnings)];
}

export function clearClaim(result: ClearResult): Claim {
  const { outcome, backup, removed, warnings } = result;
  return (seen) => [
    ...(outcome === 'cleared' ? [] : [`a clear ended as ${outcome}`]),
    ...oneNewSet(seen, backup?.id),
    ...rotated(seen, removed, warnings),
    ...undoPointsThere(seen, result),
  ];
}

export function restoreClaim(result: RestoreResult): Claim {
  const { outcome, set, safetyBackup, removed, warnings } = result;
  return (seen) => [
    ...(outcome === 'restored' ? [] : [`a restore ended as ${outcome}`]),
    ...(set.id === newest(seen.before) ? [] : [`${set.id} was restored, which is not the newest`]),
    ...oneNewSet(seen, safetyBackup?.id),
    ...rotated(seen, removed, warnings),
    ...undoPointsThere(seen, result),
  ];
}

export function undoClaim({ from, undoPoint }: UndoResult): Claim {
  return (seen) => [
    ...(seen.after.undoPoints.includes(from.name) ? [`${from.name} came back and is still put aside`] : []),
    ...(seen.before.undoPoints.includes(from.name) ? [] : [`${from.name}, which came back, was not there`]),
    ...noNewSet(seen),
    ...undoPointsThere(seen, { undoPoint, keptUndoPoints: [] }),
  ];
}

export function cleanupClaim({ decisions, removed }: Rotation): Claim {
  const planned = idsOf(decisions.filter(({ keep }) => !keep).map(({ set }) => set));
  const readable = decisions.filter(({ reason }) => !/^(does not verify|cannot be verified)/.test(reason));
  return (seen) => {
    // What cannot be read is left for a person to look at, and another one kept in its place.
    const allRead = readable.length === seen.before.sets.size;
    return [
      ...noNewSet(seen),
      ...differs('removed', idsOf(removed), planned),
      ...differs('gone', goneIn(seen, seen.after), planned),
      ...(allRead ? differs('planned', planned, goneIn(seen, seen.faultless)) : []),
    ];
  };
}

export function verificationClaim({ set, level, warnings }: VerifyResult): Claim {
  return (seen) => {
    const written = seen.after.listed.find(({ id }) => id === set.id)?.manifest.verification.level;
    const isProven =
      level === 'contents' || (level === 'restored' && /not the same text/.test(String(warnings)));
    const unwritten = warnings.some((one) => one.startsWith('The proof was not written down'));
    return [
      ...(set.id === newest(seen.before) ? [] : [`${set.id} was verified, which is not the newest`]),
      ...(isProven ? [] : [`a deep verification came to ${level} alone: ${warnings}`]),
      ...(written === level || unwritten ? [] : [`${level} was reached and ${written} written down`]),
      ...noNewSet(seen),
    ];
  };
}

const newest = ({ listed }: Before): string | undefined => listed[0]?.id;
const idsOf = (sets: readonly { id: string }[]): string[] => sets.map(({ id }) => id);

const madeIn = ({ before }: Seen, { sets }: Pick<After, 'sets'>) =>
  [...sets.values()].filter(({ id }) => !before.sets.has(id));
const goneIn = ({ before }: Seen, { sets }: Pick<After, 'sets'>) =>
  [...before.sets.keys()].filter((id) => !sets.has(id));

/** That it verifies is looked at of every set; that it holds all it should, the faultless run knows. */
function oneNewSet(seen: Seen, id: string | undefined): string[] {
  const made = madeIn(seen, seen.after);
  const [wanted] = madeIn(seen, seen.faultless);
  const wrong = differs('new', idsOf(made), id === undefined ? ['one that the result names'] : [id]);
  const other = made.filter((set) => set.content_digest !== wanted?.content_digest);
  return [...wrong, ...other.map((set) => `${set.id} has not the content of the live database`)];
}

function noNewSet(seen: Seen): string[] {
  return differs('new', idsOf(madeIn(seen, seen.after)), []);
}

/** What a warning says that it was not done to the end may be done in part. */
function rotated(seen: Seen, removed: readonly { id: string }[], warnings: readonly string[]): string[] {
  if (warnings.some((one) => one.includes('the tidying up after it was not'))) return [];
  return differs('gone', goneIn(seen, seen.after), idsOf(removed));
}

function undoPointsThere(
  { after }: Seen,
  { undoPoint, keptUndoPoints }: Pick<ClearResult, 'undoPoint' | 'keptUndoPoints'>,
): string[] {
  if (undoPoint === null) return ['the result names no undo point'];
  const named = [undoPoint, ...keptUndoPoints].map(({ name }) => name);
  return named
    .filter((name) => !after.undoPoints.includes(name))
    .map((name) => `the undo point ${name} is not there`);
}

function differs(what: string, are: readonly string[], wanted: readonly string[]): string[] {
  const [left, right] = [are, wanted].map((ids) => ids.toSorted().join(', '));
  return left === right ? [] : [`${what}: ${left || 'nothing'}, and not ${right || 'nothing'}`];
}
