import { type Progress, shareOf } from './progress.ts';
import { type Recent, recent } from './recent.ts';
import { steadied } from './steadied.ts';
import { timeLeft } from './time-left.ts';

export interface Pace {
  /** Bytes a second over the last seconds; 0 where nothing moves. */
  rate: number;
  /** Of the whole operation where it is foreseen, else of the phase, from 0 to 0.99: nothing is done before it has ended. */
  share: number | undefined;
  /** Seconds left of the same; an estimate. */
  secondsLeft: number | undefined;
}

export const noPace: Pace = { rate: 0, share: undefined, secondsLeft: undefined };

export interface PaceMeter {
  tell(atMs: number, progress: Progress): void;
  /** What a person is to be shown now, whether there is news or not. */
  look(atMs: number): Pace;
}

const windowSeconds = 5;

/** Turns what an operation tells into what its faces show: it is fed what it is told, and asked whenever something is drawn. */
export function paceMeter(): PaceMeter {
  const time = timeLeft();
  let clock = steadied();
  let begunMs: number | undefined;
  let last: Progress | undefined;
  let share: number | undefined;
  const bytes = recent(windowSeconds);

  return {
    tell: (atMs, told) => {
      begunMs ??= atMs;
      // What says nothing of the whole is a part of what was foreseen, where something was.
      const progress = last?.course === undefined ? told : { course: last.course, ...told };
      // Less than before: it does the same once more, for something else.
      if (progress.phase !== last?.phase || (progress.bytes ?? 0) < (last?.bytes ?? 0)) bytes.clear();
      if (progress.bytes !== undefined) bytes.hear(atMs / 1000, progress.bytes);
      const foreseen = progress.course !== undefined;
      if (foreseen ? last?.course === undefined : progress.phase !== last?.phase) {
        clock = steadied();
        share = undefined;
      }
      last = progress;
      time.tell(atMs / 1000, progress);
    },
    look: (atMs) => {
      if (last === undefined || begunMs === undefined) return noPace;
      const secondsLeft = clock(atMs / 1000, time.left(atMs / 1000));
      const elapsed = (atMs - begunMs) / 1000;
      const now = last.course === undefined ? shareOf(last) : wholeShare(elapsed, secondsLeft);
      if (now !== undefined) share = Math.min(0.99, Math.max(share ?? 0, now));
      return { rate: rateOf(bytes, atMs / 1000), share, secondsLeft };
    },
  };
}

function wholeShare(elapsed: number, left: number | undefined): number | undefined {
  return left === undefined || elapsed + left <= 0 ? undefined : elapsed / (elapsed + left);
}

function rateOf({ first, last }: Recent, at: number): number {
  if (first === undefined || last === undefined || at - last.at > windowSeconds) return 0;
  return last.at > first.at ? Math.max(0, last.value - first.value) / (last.at - first.at) : 0;
}
