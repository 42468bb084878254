import { createBackup } from '../../operations/backup.ts';
import { toJson } from '../../ui/json.ts';
import { backupText } from '../../ui/line/results.ts';
import { type Command, flagText } from '../command.ts';
import { formatFlag } from './format-flag.ts';
import { jobsFlag } from './jobs-flag.ts';

export const command: Command = {
  name: 'backup',
  summary: 'back up the database and verify the file',
  usage: [
    'npm run db:backup',
    'npm run backup -- --note "before the migration"',
    'make db-backup ARGS=\'--note "…"\'',
  ],
  flags: {
    format: formatFlag,
    jobs: jobsFlag,
    note: { type: 'string', value: 'TEXT', help: 'a note that is kept with the backup' },
  },
  run: async ({ wiring, values, signal, onProgress, paint }) => {
    const ports = await wiring.connect(signal);
    const note = flagText(values, 'note') ?? '';
    const result = await createBackup(
      ports,
      wiring.policy,
      { note, reason: 'manual' },
      { signal, onProgress },
    );
    return { json: toJson(result), text: () => backupText(result, paint) };
  },
};
