import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * Gives what writes to a stream that somebody reads beside. A write waits while the stream is full; where the reader has
 * failed meanwhile, who would never take the rest, it throws why.
 */
export function writingBeside(stream: Writable, reading: Promise<unknown>): (chunk: Buffer) => Promise<void> {
  const over = new AbortController();
  const end = (): void => over.abort();
  reading.then(end, end); // a rejection is told where it is awaited
  return async (chunk) => {
    // No race with `reading`: each would leave something on it, as long as it lasts.
    if (!stream.write(chunk)) await once(stream, 'drain', { signal: over.signal }).catch(() => reading);
  };
}
