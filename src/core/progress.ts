/** What a running operation tells its face; faces decide how often to draw it. */
export interface Progress {
  /** What is done now, as a person would say it: "Dumping", "Checking", "Restoring", "Swapping". */
  phase: string;
  bytes?: number;
  /** Marked as an estimate in every face: a plain dump does not know its own length. */
  expectedBytes?: number;
  rows?: number;
}

export type OnProgress = (progress: Progress) => void;

export interface Pace {
  /** Bytes a second over the last seconds. */
  rate: number;
  /** Seconds left, where the whole is known or estimated and the rate is more than nothing. */
  secondsLeft: number | undefined;
}

const windowSeconds = 5;

/** Rate and time left from the last five seconds, so that a slow start does not colour the whole run. */
export function paceMeter(): (atMs: number, bytes: number, expectedBytes?: number) => Pace {
  let samples: { atMs: number; bytes: number }[] = [];
  return (atMs, bytes, expectedBytes) => {
    samples = [...samples.filter((sample) => atMs - sample.atMs <= windowSeconds * 1000), { atMs, bytes }];
    const first = samples[0];
    const seconds = first === undefined ? 0 : (atMs - first.atMs) / 1000;
    const rate = first === undefined || seconds <= 0 ? 0 : Math.max(0, bytes - first.bytes) / seconds;
    const left = expectedBytes === undefined ? undefined : expectedBytes - bytes;
    return { rate, secondsLeft: left !== undefined && left > 0 && rate > 0 ? left / rate : undefined };
  };
}
