/** What was heard of something that grows, of the last seconds. */
export interface Recent {
  hear(at: number, value: number): void;
  /** The oldest of it; undefined where nothing was heard. */
  readonly first: Heard | undefined;
  readonly last: Heard | undefined;
  clear(): void;
}

interface Heard {
  at: number;
  value: number;
}

/** Of what is heard at shorter intervals the last is enough, in seconds. */
const interval = 0.05;

/** @param window for how long something is of the last seconds; one older than that stays as its beginning */
export function recent(window: number): Recent {
  let heard: Heard[] = [];
  return {
    hear: (at, value) => {
      const [before] = heard.slice(-2);
      if (heard.length > 1 && before !== undefined && at - before.at < interval) heard.pop();
      heard.push({ at, value });
      const oldest = heard.findLastIndex((one) => at - one.at >= window);
      if (oldest > 0) heard = heard.slice(oldest);
    },
    get first() {
      return heard[0];
    },
    get last() {
      return heard.at(-1);
    },
    clear: () => {
      heard = [];
    },
  };
}
