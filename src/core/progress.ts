import type { Course } from './course.ts';

/** What a running operation tells its face; faces decide how often to draw it. */
export interface Progress {
  /** What is done now, as a person would say it: "Dumping", "Checking", "Restoring", "Swapping". */
  phase: string;
  bytes?: number;
  /** Marked as an estimate in every face: a plain dump does not know its own length. */
  expectedBytes?: number;
  rows?: number;
  /** How much of its step is done, from 0 to 1, where something tells it better than the bytes. */
  share?: number;
  /** How many things are done of those that there are. */
  parts?: { done: number; of: number };
  /** Where in the whole operation this is. Without one nothing is known but the phase. */
  course?: Course;
}

export type OnProgress = (progress: Progress) => void;

/** How much of its step is done, as far as that is known; what has grown beyond its estimate is nearly done. */
export function shareOf({ share, bytes, expectedBytes }: Progress): number | undefined {
  if (share !== undefined) return Math.min(1, Math.max(0, share));
  if (bytes === undefined || expectedBytes === undefined) return undefined;
  return Math.min(1, bytes / Math.max(1, expectedBytes, bytes));
}
