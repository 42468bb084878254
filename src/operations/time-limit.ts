import { OperationError } from '../core/errors.ts';
import type { Run } from './run.ts';

/** Gives up what takes too long, by the same signal that a person's Ctrl-C uses. */
export async function withTimeLimit<T>(
  limitMs: number,
  run: Run,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(tooLong(limitMs)), limitMs);
  try {
    return await work({ ...run, signal: AbortSignal.any([run.signal, limit.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

function tooLong(limitMs: number): OperationError {
  return new OperationError('timeout', `The backup took longer than ${limitMs / 1000} s and was given up.`, {
    hint: 'Raise BACKUP_TIMEOUT_SECONDS. Nothing was published; earlier backups are as they were.',
  });
}
