import { noPace, type Pace } from '../../core/pace.ts';
import type { BackupSet } from '../../core/ports/store.ts';
import type { Progress } from '../../core/progress.ts';
import type { StatusResult } from '../../operations/status.ts';
import {
  type Dangerous,
  databaseOf,
  type Job,
  type MenuState,
  type Question,
  type ResultLine,
} from './state.ts';
import { chosenBackup, visibleBackups } from './visible-backups.ts';

/** What happens to the menu from outside the keyboard. */
export type Event =
  | { on: 'resized'; columns: number; rows: number }
  | { on: 'looked'; look: StatusResult; now: number }
  | { on: 'listed'; sets: readonly BackupSet[] }
  | { on: 'started'; title: string; quick: boolean; now: number }
  | { on: 'ticked'; now: number }
  | { on: 'progressed'; progress: Progress; pace: Pace; now: number }
  | { on: 'ended'; result: ResultLine | null }
  | { on: 'previewed'; about: Dangerous }
  | { on: 'cancelling' }
  /** A look failed in a way that is not a result. */
  | { on: 'troubled'; line: ResultLine; now: number }
  /** The backups cannot be read. */
  | { on: 'unlisted'; why: string }
  | { on: 'noticed'; line: ResultLine }
  /** A look is not answered. */
  | { on: 'silent'; since: number; now: number };

/** The state after something happened. */
export function update(state: MenuState, event: Event): MenuState {
  switch (event.on) {
    case 'resized':
      return { ...state, columns: event.columns, rows: event.rows };
    case 'looked':
      return looked(state, event.look, event.now);
    case 'listed':
      return listed(state, event.sets);
    case 'started':
      return { ...state, job: startedJob(event), notice: null, now: event.now };
    case 'ticked':
      return { ...state, now: event.now };
    case 'progressed':
      return state.job === null ? state : { ...state, job: progressed(state.job, event), now: event.now };
    case 'ended':
      return ended(state, event.result);
    case 'previewed':
      // A preview that comes while something else is asked is not wanted any more.
      if (state.question !== null && state.question.ask !== 'name') return state;
      return { ...state, question: asked(event.about) };
    case 'cancelling':
      return state.job === null ? state : { ...state, job: { ...state.job, cancelling: true } };
    case 'troubled':
      return { ...state, trouble: event.line, silentSince: null, now: event.now };
    case 'unlisted':
      return { ...state, sets: null, listTrouble: event.why };
    case 'noticed':
      return { ...state, notice: event.line };
    case 'silent':
      return { ...state, silentSince: state.silentSince ?? event.since, now: event.now };
  }
}

function asked(about: Dangerous): Question {
  return { ask: 'name', about, typed: '', wrong: false, scroll: 0 };
}

/**
 * Who looks at a backup goes on looking at it, though newer ones come in above it, and at its neighbour when it
 * is gone.
 */
function listed(state: MenuState, sets: readonly BackupSet[]): MenuState {
  if (sets === state.sets) return state; // nothing has changed in the folder
  const next = { ...state, sets, listTrouble: null };
  const place = state.place === 'help' ? state.before : state.place;
  if (place !== 'backups' && place !== 'details') return next;
  if (sets.some(({ id }) => id === state.chosen)) return next;
  const before = chosenBackup(state)?.id;
  const shown = visibleBackups(next);
  const at = visibleBackups(state).findIndex(({ id }) => id === before);
  const found = shown.find(({ id }) => id === before) ?? shown[Math.min(at, shown.length - 1)];
  return { ...next, chosen: found?.id ?? null };
}

/** Why a key does nothing is no longer said when the target has come or gone since. */
function looked(state: MenuState, look: StatusResult, now: number): MenuState {
  const { notice, results } = state;
  const moved = look.target?.state !== state.look?.target?.state;
  const stays = !moved || (notice !== null && results.includes(notice));
  const next = { ...state, look: named(look, state.look), now, trouble: null, silentSince: null };
  return withdrawn({ ...next, notice: stays ? (repaired(look) ?? notice) : repaired(look) });
}

/** A target that is gone keeps the name under which it was known. */
function named(look: StatusResult, before: StatusResult | null): StatusResult {
  if (look.target !== null || before === null || before.target === null) return look;
  const { database, container } = before;
  return { ...look, database, container };
}

function repaired({ repairs }: StatusResult): ResultLine | null {
  const [first, ...rest] = repairs.map((line) => `Put in order: ${line}`);
  return first === undefined ? null : { kind: 'plain', text: first, notes: rest };
}

/** A question about a database that is no longer the one that was looked at is not answered. */
function withdrawn(state: MenuState): MenuState {
  const { question, look } = state;
  if (question?.ask !== 'name' || look === null) return state;
  const same = look.unreachable === null && look.database === databaseOf(question.about);
  if (same) return state;
  const text = look.unreachable?.message ?? 'The database is another one now.';
  return {
    ...state,
    question: null,
    notice: { kind: 'bad', text, notes: ['Look again, then choose anew.'] },
  };
}

function startedJob({ title, quick, now }: Extract<Event, { on: 'started' }>): Job {
  return {
    title,
    quick,
    startedAt: now,
    progress: { phase: 'Starting' },
    pace: noPace,
    phaseStartedAt: now,
    done: [],
    cancelling: false,
  };
}

function progressed(job: Job, { progress, pace, now }: Extract<Event, { on: 'progressed' }>): Job {
  if (progress.phase === job.progress.phase) return { ...job, progress, pace };
  const done = [...job.done, { phase: job.progress.phase, ms: now - job.phaseStartedAt }];
  return { ...job, progress, pace, done, phaseStartedAt: now };
}

function ended(state: MenuState, result: ResultLine | null): MenuState {
  const question = state.question?.ask === 'quit' ? null : state.question;
  if (result === null) return { ...state, job: null, question };
  return { ...state, job: null, question, notice: result, results: [...state.results, result] };
}
