import { pinBackup } from '../../operations/manage.ts';
import { toJson } from '../../ui/json.ts';
import type { Command } from '../command.ts';
import { namedBackup } from './named-backup.ts';

export const command: Command = {
  name: 'pin',
  summary: 'keep a backup from rotation and deletion',
  usage: ['npm run backup:pin ID', 'npm run backup:unpin ID'],
  operand: { name: 'BACKUP', required: true },
  flags: { off: { type: 'boolean', help: 'unpin it' } },
  run: async ({ wiring, values, operand = '', paint }) => {
    const pinned = values['off'] !== true;
    const set = await pinBackup(wiring.store, namedBackup(operand, wiring), pinned);
    return { json: toJson({ set }), text: () => `${paint.good(pinned ? 'Pinned' : 'Unpinned')} ${set.id}` };
  },
};
