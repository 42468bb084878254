import { OperationError } from '../../core/errors.ts';
import { findBackup } from '../../core/find-backup.ts';
import { deleteBackup } from '../../operations/manage.ts';
import { toJson } from '../../ui/json.ts';
import { describeSet } from '../../ui/line/backups.ts';
import type { Command } from '../command.ts';
import { namedBackup } from './named-backup.ts';

export const command: Command = {
  name: 'delete',
  summary: 'delete one backup',
  usage: ['npm run backup:delete ID', 'npm run backup:delete ID -- --yes'],
  operand: { name: 'BACKUP', required: true },
  flags: { yes: { type: 'boolean', short: 'y', help: 'do not ask' } },
  run: async ({ wiring, values, operand = '', ask, paint }) => {
    const named = findBackup(await wiring.store.list(), namedBackup(operand, wiring));
    if (values['yes'] !== true) {
      if (ask === undefined) {
        throw new OperationError(
          'confirmation-needed',
          `Deleting ${named.id} needs a yes, and there is no terminal to ask on.`,
          {
            hint: 'Add --yes',
          },
        );
      }
      const sure = await ask.yes(`Delete ${describeSet(named, new Date())}?`);
      if (!sure) return { json: { deleted: null }, text: () => 'Nothing was changed.' };
    }
    const set = await deleteBackup(wiring.store, named.id); // `latest` may mean another one by now
    return { json: toJson({ deleted: set }), text: () => `${paint.good('Deleted')} ${set.id}` };
  },
};
