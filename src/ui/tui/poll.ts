interface Polling {
  /** @param signal Is aborted when the answer is not waited for any more. */
  look(signal: AbortSignal): Promise<void>;
  everyMs: number;
  /** Is told while a look is not answered, with the moment that it began. */
  silent(since: number): void;
  now(): number;
}

interface Poll {
  /** Settles when a look is over that began after the call; goes on after a pause. */
  now(): Promise<void>;
  /** Gives up the look that is on its way and begins no other; settles when it is over. */
  pause(): Promise<void>;
}

/**
 * Does something over and over, and at once when it is asked to: one at a time, but a look that does not come back
 * (a container that was paused in the middle of it says nothing) is not waited for: the next one tells why.
 */
export function poll({ look, everyMs, silent, now }: Polling, signal: AbortSignal): Poll {
  let timer: NodeJS.Timeout | undefined;
  let looking: { over: Promise<void>; giveUp(): void } | undefined;
  let paused = false;
  let patienceMs = everyMs;
  let asked: PromiseWithResolvers<void> | undefined;
  const next = (): void => {
    clearTimeout(timer);
    if (looking !== undefined || paused) return; // who asks meanwhile gets a look of their own after it
    const patience = new AbortController();
    looking = { over: lookOnce(patience), giveUp: () => patience.abort() };
  };
  const lookOnce = async (patience: AbortController): Promise<void> => {
    const asking = asked;
    asked = undefined;
    const began = now();
    const started = performance.now(); // the time of day may jump
    // What cannot be read now is read at the next look.
    const cameBack = await withinTime(
      look(patience.signal).catch(() => {}),
      patienceMs,
    );
    // Where looks are slow they are given more time, and what never answers is asked more and more rarely.
    patienceMs = Math.max(everyMs, 2 * (performance.now() - started));
    looking = undefined;
    if (!cameBack) patience.abort();
    asking?.resolve();
    if (signal.aborted || paused) return;
    if (!cameBack) silent(began);
    timer = setTimeout(next, cameBack && asked === undefined ? everyMs : 0);
  };
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer);
      looking?.giveUp();
      asked?.resolve();
    },
    { once: true },
  );
  next();
  return {
    now: () => {
      if (signal.aborted) return Promise.resolve();
      paused = false;
      asked ??= Promise.withResolvers<void>();
      const { promise } = asked;
      next();
      return promise;
    },
    pause: async () => {
      paused = true;
      clearTimeout(timer);
      looking?.giveUp();
      await looking?.over;
    },
  };
}

async function withinTime(work: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const inTime = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
