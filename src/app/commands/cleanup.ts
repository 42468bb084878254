import { OperationError } from '../../core/errors.ts';
import { cleanUp } from '../../operations/manage.ts';
import { toJson } from '../../ui/json.ts';
import { rotationText } from '../../ui/line/results.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'cleanup',
  summary: 'remove backups by the rules of rotation, with a reason for each',
  usage: ['npm run backup:cleanup -- --dry-run', 'npm run backup:cleanup -- --yes'],
  flags: {
    'dry-run': { type: 'boolean', help: 'say what would go, and change nothing' },
    yes: { type: 'boolean', short: 'y', help: 'do not ask' },
  },
  run: async ({ wiring, values, signal, onProgress, ask, paint, say }) => {
    const run = { signal, onProgress };
    const plan = await cleanUp(wiring.store, wiring.policy, { dryRun: true }, run);
    const dry = { json: toJson(plan), text: () => rotationText(plan, true, paint) };
    const going = plan.decisions.filter((decision) => !decision.keep);
    if (values['dry-run'] === true || going.length === 0) return dry;
    if (values['yes'] !== true) {
      if (ask === undefined) throw unasked();
      say(dry.text());
      if (!(await ask.yes(`Remove ${going.length} ${going.length === 1 ? 'backup' : 'backups'}?`)))
        return { ...dry, text: () => 'Nothing was changed.' };
    }
    const only = new Set(going.map((decision) => decision.set.id)); // what was shown, and nothing that came since
    const result = await cleanUp(wiring.store, wiring.policy, { dryRun: false, only }, run);
    return { json: toJson(result), text: () => rotationText(result, false, paint) };
  },
};

function unasked(): OperationError {
  return new OperationError(
    'confirmation-needed',
    'Removing backups needs a yes, and there is no terminal to ask on.',
    {
      hint: 'Add --yes, or look first with --dry-run',
    },
  );
}
