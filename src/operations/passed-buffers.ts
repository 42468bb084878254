import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Streams of large buffers leave V8 little to collect but their memory, which is outside its heap: with so small a heap it
 * marks all of it for every 16 MB that pass, 35 times in a backup of 350 MB. May the heap grow further between two
 * markings, and is what was just passed on taken away before it grows old, one marking is left: a backup takes 4.9 s of
 * processor time instead of 5.7, and holds 30 MB less (measured on two busy cores).
 */
setFlagsFromString('--heap-growing-percent=400');
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;

const enough = 16 * 1024 * 1024;
let passed = 0;

/** Tells that buffers of that many bytes were passed on and are not needed any more. */
export function buffersPassed(bytes: number): void {
  passed += bytes;
  if (passed < enough) return;
  passed = 0;
  collect({ type: 'minor' });
}
