/** How often a server is asked how far it is, in milliseconds: before a psql that stays goes home (`idleMs`). */
const usualMs = 900;

/**
 * Looks every so often, one look at a time, until this is disposed, which gives up the look that is under way and
 * waits for it: nothing of it is left to whoever comes next. Who looks wants to tell a person how far something is: a
 * look that fails is the last one, and nobody is told.
 *
 * @param everyMs in milliseconds, shorter than `idleMs`
 */
export function keepLooking<T>(
  look: (signal: AbortSignal) => Promise<T>,
  tell: (seen: T) => void,
  everyMs = usualMs,
): AsyncDisposable {
  const over = new AbortController();
  let looking: Promise<void> | undefined;
  const stop = (): void => clearInterval(timer);
  const timer = setInterval(() => {
    looking ??= look(over.signal)
      .then((seen) => {
        if (!over.signal.aborted) tell(seen);
      })
      .catch(stop)
      .finally(() => {
        looking = undefined;
      });
  }, everyMs);
  timer.unref();
  return {
    [Symbol.asyncDispose]: async () => {
      stop();
      over.abort();
      await looking;
    },
  };
}
