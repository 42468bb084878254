import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { takeLock } from '../../src/store/lock.ts';

/** A process that fights for the lock of a folder; light, because many of them are killed. */
export const racerScript = import.meta.filename;

/**
 * At `take TIME` it asks for the lock at that very millisecond and says `won`, `busy`, or `two` where somebody
 * else was in, too; at `back` it gives the lock back.
 */
async function race(folder: string): Promise<void> {
  let release = (): void => {};
  process.stdout.write('ready\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, time] = line.split(' ');
    if (word === 'take') {
      while (Date.now() < Number(time));
      release = takeAndSay(folder, join(folder, 'inside'));
    } else {
      release();
      process.stdout.write('given\n');
    }
  }
}

/** Who has the lock makes a file that must not be there yet. */
function takeAndSay(folder: string, inside: string): () => void {
  try {
    const lock = takeLock(folder, 'race', new Date());
    let said = 'won';
    try {
      const file = openSync(inside, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
    } catch {
      said = 'two';
    }
    process.stdout.write(`${said}\n`);
    return () => {
      unlinkSync(inside);
      lock.release();
    };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    process.stdout.write(`${code}\n`);
    return () => {};
  }
}

if (import.meta.main) await race(process.argv[2] ?? '');
