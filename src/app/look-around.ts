import { OperationError } from '../core/errors.ts';
import type { Run } from '../operations/run.ts';
import { readStatus, type StatusResult, summarise } from '../operations/status.ts';
import type { Wiring } from './wire.ts';

/** The status; the backups are there, and are shown, where no engine or no container is. */
export async function lookAround(wiring: Wiring, run: Run): Promise<StatusResult> {
  try {
    return await readStatus(await wiring.connect(run.signal, 'look'), run);
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== 'unreachable') throw error;
    return {
      database: wiring.config.database ?? '(not known)',
      container: wiring.config.container ?? null,
      target: null,
      unreachable: error,
      backups: await summarise(wiring, await wiring.store.list(), wiring.config.database),
      repairs: [],
    };
  }
}
