import { clearDatabase, previewClear } from '../../operations/clear.ts';
import { guardTarget } from '../../operations/guard-rails.ts';
import type { Seen } from '../../operations/seen.ts';
import { toJson } from '../../ui/json.ts';
import { clearPreviewText, clearText } from '../../ui/line/results.ts';
import { type Command, flagText, type Values } from '../command.ts';
import { allowances, changeFlags, confirmation } from './change-flags.ts';
import { formatFlag } from './format-flag.ts';
import { jobsFlag } from './jobs-flag.ts';

export const command: Command = {
  name: 'clear',
  summary: 'empty the database, after a verified backup; undo brings it back',
  usage: ['make clear-db', 'npm run db:clear -- --confirm=kubegram', 'npm run db:clear -- --everything'],
  flags: {
    ...changeFlags,
    everything: { type: 'boolean', help: 'start from an empty database instead of keeping the schema' },
    'dry-run': { type: 'boolean', help: 'say what would go, and change nothing' },
    format: formatFlag,
    jobs: jobsFlag,
    note: { type: 'string', value: 'TEXT', help: 'a note that is kept with the backup' },
  },
  run: async (context) => {
    if (isBare(context.values)) return (await import('./menu.ts')).menu(context);
    const { wiring, values, signal, onProgress, paint } = context;
    const run = { signal, onProgress };
    const ports = await wiring.connect(signal);
    const everything = values['everything'] === true;
    const dryRun = values['dry-run'] === true;
    const allow = allowances(values);
    await guardTarget(ports.target, wiring.policy.production, allow); // before anybody is asked to type
    let previewed: Seen | undefined;
    const question = async (): Promise<string> => {
      const preview = await previewClear(ports, everything, run);
      previewed = preview.seen;
      return clearPreviewText(preview, everything, paint);
    };
    const confirm = dryRun ? undefined : await confirmation(context, ports.target.database, question);
    const note = flagText(values, 'note') ?? '';
    const result = await clearDatabase(
      ports,
      wiring.policy,
      { confirm, everything, dryRun, note, allow, previewed },
      run,
    );
    return { json: toJson(result), text: () => clearText(result, paint) };
  },
};

/** Nothing was said of what shall be cleared and how: the menu is where that is chosen. */
function isBare(values: Values): boolean {
  return Object.keys(values).every((name) => name === 'no-color');
}
