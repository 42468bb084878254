import { OperationError } from '../../core/errors.ts';
import { guardTarget } from '../../operations/guard-rails.ts';
import { undoLast } from '../../operations/undo.ts';
import { toJson } from '../../ui/json.ts';
import { undoText } from '../../ui/line/results.ts';
import { oneLine } from '../../ui/plain-text.ts';
import type { Command } from '../command.ts';
import { allowances, changeFlags, confirmation } from './change-flags.ts';

export const command: Command = {
  name: 'undo',
  summary: 'bring back what the last clear, restore or undo replaced',
  usage: ['make undo-db', 'npm run db:undo -- --confirm=kubegram'],
  flags: changeFlags,
  run: async (context) => {
    const { wiring, values, signal, onProgress, paint } = context;
    const ports = await wiring.connect(signal);
    const { database } = ports.target;
    const allow = allowances(values);
    guardTarget(ports.target, wiring.policy.production, allow);
    const confirm = await confirmation(context, database, async () => {
      const { undoPoint } = await ports.target.status(signal);
      if (undoPoint === null) throw nothingToUndo(database);
      const at = undoPoint.at.slice(0, 19).replace('T', ' ');
      return `This brings ${paint.strong(oneLine(database))} back as it was before the ${undoPoint.operation} of ${at} UTC.\n  What is there now is kept: undo swaps the two again.`;
    });
    const result = await undoLast(ports, wiring.policy, { confirm, allow }, { signal, onProgress });
    return { json: toJson(result), text: undoText(result, paint) };
  },
};

/** Told before anybody is asked to type. */
function nothingToUndo(database: string): OperationError {
  return new OperationError('refused', `There is nothing to undo for ${database}.`, {
    hint: 'Clear and restore leave an undo point; backups are brought back with: npm run restore',
  });
}
