import { listBackups } from '../../operations/manage.ts';
import { readStatus } from '../../operations/status.ts';
import { toJson } from '../../ui/json.ts';
import { backupTable } from '../../ui/line/backups.ts';
import { statusText } from '../../ui/line/status.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'status',
  summary: 'show the database, its tables, its backups and the undo point',
  usage: ['npm run db:status', 'make db-status', './scripts/clear-database.sh --status-only'],
  flags: { backups: { type: 'boolean', help: 'list the backups too' } },
  run: async ({ wiring, values, signal, onProgress, paint, say }) => {
    const result = await readStatus(await wiring.connect(signal), { signal, onProgress });
    const now = new Date();
    const sets = values['backups'] === true ? await listBackups(wiring) : [];
    const list = sets.length === 0 ? '' : `\n\n${backupTable(sets, now, paint)}`;
    const hint = result.unreachable?.hint;
    if (hint !== undefined) say(hint);
    return {
      json: toJson(values['backups'] === true ? { ...result, sets } : result),
      text: statusText(result, now, paint) + list,
      exitCode: result.unreachable?.exitCode ?? 0,
    };
  },
};
