interface Polling {
  /** @param signal Is aborted when the answer is not waited for any more. */
  look(signal: AbortSignal): Promise<void>;
  everyMs: number;
  /** Is told while a look is not answered, with the moment that it began. */
  silent(since: number): void;
  now(): number;
}

/**
 * Does something over and over, and at once when it is asked to: one at a time, but a look that does not come back
 * (a container that was paused in the middle of it says nothing) is not waited for: the next one tells why.
 */
export function poll({ look, everyMs, silent, now }: Polling, signal: AbortSignal): { now(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  let patienceMs = everyMs;
  let asked: PromiseWithResolvers<void> | undefined;
  const next = async (): Promise<void> => {
    clearTimeout(timer);
    if (looking) return; // who asks meanwhile gets a look of their own after it
    looking = true;
    const asking = asked;
    asked = undefined;
    const began = now();
    const patience = new AbortController();
    // What cannot be read now is read at the next look.
    const cameBack = await withinTime(
      look(AbortSignal.any([signal, patience.signal])).catch(() => {}),
      patienceMs,
    );
    // Where looks are slow they are given more time, and what never answers is asked more and more rarely.
    patienceMs = Math.max(everyMs, 2 * (now() - began));
    looking = false;
    if (!cameBack) patience.abort();
    asking?.resolve();
    if (signal.aborted) return;
    if (!cameBack) silent(began);
    timer = setTimeout(next, cameBack && asked === undefined ? everyMs : 0);
  };
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer);
      asked?.resolve();
    },
    { once: true },
  );
  void next();
  return {
    /** Settles when a look is over that began after the call. */
    now: () => {
      if (signal.aborted) return Promise.resolve();
      asked ??= Promise.withResolvers<void>();
      const { promise } = asked;
      void next();
      return promise;
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
