import { guardTarget } from '../../operations/guard-rails.ts';
import type { Seen } from '../../operations/seen.ts';
import { previewUndo, undoLast } from '../../operations/undo.ts';
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
    const run = { signal, onProgress };
    const ports = await wiring.connect(signal);
    const { database } = ports.target;
    const allow = allowances(values);
    await guardTarget(ports.target, wiring.policy.production, allow);
    let previewed: Seen | undefined;
    const confirm = await confirmation(context, database, async () => {
      const { seen, point } = await previewUndo(ports, run);
      previewed = seen;
      const at = point.at.slice(0, 19).replace('T', ' ');
      return `This brings ${paint.strong(oneLine(database))} back as it was before the ${point.operation} of ${at} UTC.\n  What is there now is kept: undo swaps the two again.`;
    });
    const result = await undoLast(ports, wiring.policy, { confirm, allow, previewed }, run);
    return { json: toJson(result), text: () => undoText(result, paint) };
  },
};
