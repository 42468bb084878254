import type { BackupSet, CompleteSet } from './ports/store.ts';

/** A decision about one set and the reason a person is given for it. */
export interface RetentionDecision {
  set: BackupSet;
  keep: boolean;
  reason: string;
}

/** Sets with fewer rows than this share of the largest kept one are extra: they push nothing out. */
const smallShare = 0.1;

/**
 * What rotation keeps and removes of one database's sets (SPEC 6): the `keep` newest that are proven and
 * distinct, one small or empty one, one safety copy; never a pinned one, never what cannot be verified.
 * Age is told by sequence. Pure: the order in which sets are listed changes nothing.
 * The newest sound set is always among the kept: it is full, small, a safety copy or pinned, and the newest
 * of each kind stays.
 *
 * @param keep At least 1.
 * @param fails The ids of sets whose data was just found not to match its checksum: they do not count.
 * @param needed The ids of sets that stand for an undo point: they stay as long as it does, and push nothing out.
 */
export function planRetention(
  sets: readonly BackupSet[],
  keep: number,
  fails: ReadonlySet<string> = new Set(),
  needed: ReadonlySet<string> = new Set(),
): RetentionDecision[] {
  const decisions = new Map<BackupSet, RetentionDecision>();
  const decide = (set: BackupSet, kept: boolean, reason: string): void => {
    if (decisions.has(set)) return;
    const spared = !kept && needed.has(set.id);
    decisions.set(
      set,
      spared ? { set, keep: true, reason: 'an undo point needs it' } : { set, keep: kept, reason },
    );
  };

  for (const set of sets) {
    if (set.state === 'unverifiable') decide(set, true, `cannot be verified: ${set.because}`);
    else if (fails.has(set.id)) decide(set, true, 'does not verify; it is left for you to look at');
    else if (set.manifest.pinned) decide(set, true, 'pinned');
  }

  const sound = sets
    .filter((set) => set.state === 'complete')
    .filter((set) => !fails.has(set.id))
    .sort(newestFirst);
  for (const set of sound) {
    const twin = sound.find((other) => stands(other, set));
    if (twin !== undefined) decide(set, false, `same content as ${twin.id}`);
  }

  const countable = sound.filter((set) => !decisions.has(set));
  const ordinary = countable.filter((set) => !isSafetyCopy(set));
  const safetyCopies = sound.filter(
    (set) => isSafetyCopy(set) && (countable.includes(set) || needed.has(set.id)),
  );
  // As all of these stay, what is small beside them is small as long as they do: a second rotation finds the same.
  const stay = sound.filter((set) => needed.has(set.id) && !isSafetyCopy(set));
  const { full, largest } = fullSets(ordinary, keep, Math.max(0, ...stay.map(rowsOf)));
  const small = ordinary.filter((set) => isSmall(set, largest));
  for (const [index, set] of full.entries()) decide(set, true, `full backup ${index + 1} of ${keep}`);
  for (const [index, set] of small.entries())
    decide(set, index === 0, 'small or empty: the newest such stays');
  for (const [index, set] of safetyCopies.entries())
    decide(set, index === 0, 'safety copy: the newest stays');
  for (const set of sound) decide(set, false, `older than the ${keep} to keep`);

  return [...decisions.values()].sort((a, b) => bySequence(a.set, b.set));
}

/**
 * Whether `other` makes `set` superfluous: the same content, and newer. A safety copy does not stand for an
 * ordinary backup, because the next safety copy pushes it out.
 */
function stands(other: CompleteSet, set: CompleteSet): boolean {
  const outlives = isSafetyCopy(set) || !isSafetyCopy(other);
  return (
    newestFirst(other, set) < 0 && other.manifest.content_digest === set.manifest.content_digest && outlives
  );
}

function isSafetyCopy(set: CompleteSet): boolean {
  return set.manifest.reason === 'before-restore';
}

/**
 * The newest `keep` sets that are not small beside the largest that stays, and how many rows that has.
 *
 * @param staying Rows of the largest set that stays whatever else does.
 */
function fullSets(newestFirstSets: readonly CompleteSet[], keep: number, staying: number) {
  let largest = Math.max(staying, ...newestFirstSets.map(rowsOf));
  for (;;) {
    const full = newestFirstSets.filter((set) => !isSmall(set, largest)).slice(0, keep);
    const largestKept = Math.max(staying, ...full.map(rowsOf));
    if (largestKept === largest) return { full, largest };
    largest = largestKept;
  }
}

function isSmall(set: CompleteSet, largest: number): boolean {
  return rowsOf(set) === 0 || rowsOf(set) < largest * smallShare;
}

function rowsOf(set: CompleteSet): number {
  return set.manifest.total_records;
}

function newestFirst(a: CompleteSet, b: CompleteSet): number {
  return b.manifest.sequence - a.manifest.sequence || compareIds(b.id, a.id);
}

/** Newest first; what has no sequence comes last, by id. */
function bySequence(a: BackupSet, b: BackupSet): number {
  const sequence = (set: BackupSet): number => (set.state === 'complete' ? set.manifest.sequence : -1);
  return sequence(b) - sequence(a) || compareIds(b.id, a.id);
}

function compareIds(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
