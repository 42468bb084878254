/** How often a server is asked how far it is, in milliseconds: before a psql that stays has gone (`idleMs`). */
const everyMs = 900;

/**
 * Looks about once a second, one look at a time, until this is disposed. Who looks wants to tell a person how far something is:
 * a look that fails is the last one, and nobody is told; what is heard after the end is not passed on.
 */
export function everySecond<T>(look: () => Promise<T>, tell: (seen: T) => void): Disposable {
  let looking = false;
  const stop = (): void => clearInterval(timer);
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look()
      .then((seen) => {
        if (!over) tell(seen);
      })
      .catch(stop)
      .finally(() => {
        looking = false;
      });
  }, everyMs);
  timer.unref();
  let over = false;
  return {
    [Symbol.dispose]: () => {
      over = true;
      stop();
    },
  };
}
