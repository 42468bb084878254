import { readdir } from 'node:fs/promises';
import { OperationError } from '../../core/errors.ts';
import type { BackupStore } from '../../core/ports/store.ts';
import { parseFileName } from '../../store/names.ts';
import { toJson } from '../../ui/json.ts';
import { backupTable } from '../../ui/line/backups.ts';
import { statusText } from '../../ui/line/status.ts';
import type { Command, Context } from '../command.ts';
import { lookAround } from '../look-around.ts';

export const command: Command = {
  name: 'status',
  summary: 'show the database, its tables, its backups and the undo point',
  usage: ['npm run db:status', 'make db-status', './scripts/clear-database.sh --status-only'],
  flags: { backups: { type: 'boolean', help: 'list the backups too' } },
  run: async (context) => {
    const { result, sets, text } = await fullStatus(context, context.values['backups'] === true);
    const { unreachable } = result;
    if (unreachable?.hint !== undefined) context.say(unreachable.hint);
    return {
      json: toJson(sets === undefined ? result : { ...result, sets }),
      text,
      ...(unreachable === null ? {} : { error: unreachable }),
    };
  },
};

/** The status, with the list of backups where it is wanted. */
export async function fullStatus(context: Context, withBackups: boolean) {
  const { wiring, signal, onProgress, paint, columns } = context;
  const repairs = await repairFolder(wiring.store);
  const looked = await lookAround(wiring, { signal, onProgress });
  const result = { ...looked, repairs: [...repairs, ...looked.repairs] };
  const now = new Date();
  const sets = withBackups ? await wiring.store.list() : undefined;
  const list = () =>
    sets === undefined || sets.length === 0 ? '' : `\n\n${backupTable(sets, now, paint, columns)}`;
  return { result, sets, text: () => statusText(result, now, paint) + list() };
}

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
