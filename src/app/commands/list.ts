import { toJson } from '../../ui/json.ts';
import { backupTable } from '../../ui/line/backups.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'list',
  summary: 'list the backups, newest first',
  usage: ['npm run backup:list', 'make db-list'],
  flags: {},
  run: async ({ wiring, paint, columns }) => {
    const sets = await wiring.store.list();
    const none = `There are no backups in ${wiring.store.folder}. Make one: npm run backup`;
    return {
      json: toJson({ backups: sets }),
      text: () => (sets.length === 0 ? none : backupTable(sets, new Date(), paint, columns)),
    };
  },
};
