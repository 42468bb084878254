/** Time, as operations see it: the wall clock for names, the monotonic one for durations. */
export interface Clock {
  /** The time of day; may jump. */
  now(): Date;
  /** Milliseconds from an arbitrary start; never goes back. */
  elapsed(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
