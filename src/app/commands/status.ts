import { readdir } from 'node:fs/promises';
import { OperationError } from '../../core/errors.ts';
import type { BackupStore } from '../../core/ports/store.ts';
import { listBackups } from '../../operations/manage.ts';
import { readStatus, type StatusResult, summarise } from '../../operations/status.ts';
import { parseFileName } from '../../store/names.ts';
import { toJson } from '../../ui/json.ts';
import { backupTable } from '../../ui/line/backups.ts';
import { statusText } from '../../ui/line/status.ts';
import type { Command, Context } from '../command.ts';

export const command: Command = {
  name: 'status',
  summary: 'show the database, its tables, its backups and the undo point',
  usage: ['npm run db:status', 'make db-status', './scripts/clear-database.sh --status-only'],
  flags: { backups: { type: 'boolean', help: 'list the backups too' } },
  run: async (context) => {
    const { wiring, values, paint, columns, say } = context;
    const repairs = await repairFolder(wiring.store);
    const looked = await lookAround(context);
    const result = { ...looked, repairs: [...repairs, ...looked.repairs] };
    const now = new Date();
    const sets = values['backups'] === true ? await listBackups(wiring) : [];
    const list = sets.length === 0 ? '' : `\n\n${backupTable(sets, now, paint, columns)}`;
    const { unreachable } = result;
    if (unreachable?.hint !== undefined) say(unreachable.hint);
    return {
      json: toJson(values['backups'] === true ? { ...result, sets } : result),
      text: statusText(result, now, paint) + list,
      ...(unreachable === null ? {} : { error: unreachable }),
    };
  },
};

/** Puts in order what a killed operation left in the folder; one that is at work has the lock, and is left alone. */
async function repairFolder(store: BackupStore): Promise<readonly string[]> {
  const names = await readdir(store.folder).catch(() => []);
  if (names.every((name) => (parseFileName(name)?.stage ?? 'published') === 'published')) return [];
  try {
    await using lock = await store.lock('status');
    return lock.repairs;
  } catch (error) {
    if (error instanceof OperationError) return [];
    throw error;
  }
}

/** The backups are there, and are shown, where no engine or no container is. */
async function lookAround({ wiring, signal, onProgress }: Context): Promise<StatusResult> {
  try {
    return await readStatus(await wiring.connect(signal), { signal, onProgress });
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== 'unreachable') throw error;
    return {
      database: wiring.config.database ?? '(not known)',
      container: wiring.config.container ?? null,
      target: null,
      unreachable: error,
      backups: await summarise(wiring, await listBackups(wiring)),
      repairs: [],
    };
  }
}
