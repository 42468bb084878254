import { once } from 'node:events';

/** Waits until a stream takes more, or until its reader is gone. */
export async function drainedOr(ended: Promise<unknown>, stream: NodeJS.EventEmitter): Promise<void> {
  const waiting = new AbortController();
  // A pipe that broke says less than how its reader ended.
  const drained = once(stream, 'drain', { signal: waiting.signal }).catch(() => ended);
  await Promise.race([drained, ended]);
  waiting.abort(); // takes the listener away where the reader went first
}
