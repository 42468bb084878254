import type { Course } from './course.ts';
import { type Progress, shareOf } from './progress.ts';
import { type Recent, recent } from './recent.ts';

/** Seconds that the pace of a step is taken from: a slow start does not colour the whole of it. */
const windowSeconds = 5;
/** What is foreseen counts as much as so many seconds of what is seen, and no more than a part of the step would. */
const trust = { seconds: 0.7, share: 0.25 };
/** A run may be so much slower or faster than foreseen; beyond that something else is the matter. */
const mostSlow = 8;
/** News may be as old as this; later ones are missed. */
const newsSeconds = 2;

interface Running {
  /** Undefined where nothing is foreseen: then it is a phase. */
  course: Course | undefined;
  name: string;
  /** How long it was foreseen to take. */
  seconds: number | undefined;
  begun: number;
  shares: Recent;
}

interface Compared {
  spent: number;
  foreseen: number;
}

export interface TimeLeft {
  tell(at: number, progress: Progress): void;
  /** As reckoned anew at each look; undefined where there is nothing to reckon with. */
  left(at: number): number | undefined;
}

/**
 * The time that is left of an operation: the rest of its step at the pace of its last seconds, and the coming steps as
 * they were foreseen, made longer or shorter by how this run has compared with what was foreseen of it so far. Of one that
 * is not foreseen, the time that is left of its phase. All times are in seconds.
 */
export function timeLeft(): TimeLeft {
  let running: Running | undefined;
  let over: Compared = { spent: 0, foreseen: 0 };

  /** How this run compares with what was foreseen: 2 where it takes twice as long. */
  const slowness = (now: Compared): number => {
    const ratio = (trust.seconds + over.spent + now.spent) / (trust.seconds + over.foreseen + now.foreseen);
    return Math.min(mostSlow, Math.max(1 / mostSlow, ratio));
  };

  return {
    tell: (at, progress) => {
      const { course } = progress;
      const step = course?.steps[course.at];
      const name = step?.name ?? progress.phase;
      if (running === undefined || running.name !== name) {
        if (running !== undefined) over = added(over, compared(running, at));
        running = { course, name, seconds: step?.seconds, begun: at, shares: recent(windowSeconds) };
      }
      running.course = course;
      running.seconds = step?.seconds;
      const share = shareOf(progress);
      if (share === undefined) return;
      const { shares } = running;
      if (share < (shares.last?.value ?? 0)) shares.clear(); // it does the same once more, for something else
      shares.hear(at, share);
    },
    left: (at) => {
      if (running === undefined) return undefined;
      const slow = slowness(compared(running, at));
      const own = ownLeft(running, slow, at);
      const coming = secondsOf(running.course);
      return own === undefined || coming === undefined ? undefined : own + slow * coming;
    },
  };
}

/** Of the steps that are to come; undefined where not all of them are foreseen. */
function secondsOf(course: Course | undefined): number | undefined {
  let sum = 0;
  for (const { seconds } of course?.steps.slice(course.at + 1) ?? []) {
    if (seconds === undefined) return undefined;
    sum += seconds;
  }
  return sum;
}

function added(one: Compared, other: Compared): Compared {
  return { spent: one.spent + other.spent, foreseen: one.foreseen + other.foreseen };
}

/** What a step has taken so far, and what was foreseen for as much of it. */
function compared({ seconds, begun, shares: { last } }: Running, at: number): Compared {
  if (seconds === undefined) return { spent: 0, foreseen: 0 };
  if (last === undefined) return { spent: at - begun, foreseen: Math.min(at - begun, seconds) };
  return { spent: last.at + overdue(last, at) - begun, foreseen: seconds * last.value };
}

/** For how long news have been missed. */
function overdue(last: { at: number }, at: number): number {
  return Math.max(0, at - last.at - newsSeconds);
}

function ownLeft({ course, seconds, begun, shares }: Running, slow: number, at: number): number | undefined {
  if (course !== undefined && seconds === undefined) return undefined;
  const { first, last } = shares;
  const foreseen = seconds === undefined ? undefined : Math.max(0.001, seconds * slow);
  if (first === undefined || last === undefined) {
    // Overdue: a fifth of what it has taken.
    return foreseen === undefined ? undefined : Math.max(foreseen - (at - begun), (at - begun) / 5);
  }
  const seen = { seconds: last.at + overdue(last, at) - first.at, share: last.value - first.value };
  const known = foreseen === undefined ? 0 : Math.min(trust.seconds, foreseen * trust.share);
  const pace = (seen.share + known / (foreseen ?? 1)) / (seen.seconds + known);
  if (!(pace > 0) || !Number.isFinite(pace)) return undefined;
  return Math.max(0, (1 - last.value) / pace - Math.min(newsSeconds, at - last.at));
}
