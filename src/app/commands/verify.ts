import { verifyBackup } from '../../operations/verify.ts';
import { toJson } from '../../ui/json.ts';
import { verifyText } from '../../ui/line/results.ts';
import type { Command } from '../command.ts';
import { jobsFlag } from './jobs-flag.ts';
import { namedBackup } from './named-backup.ts';

export const command: Command = {
  name: 'verify',
  summary: 'prove a backup: checksum, completeness, rows; with --deep by a real restore',
  usage: ['npm run backup:verify latest', 'npm run backup:verify FILE -- --deep'],
  operand: { name: 'BACKUP', required: true },
  flags: {
    deep: { type: 'boolean', help: 'restore it into a scratch database and compare the contents' },
    jobs: jobsFlag,
  },
  run: async ({ wiring, values, operand = '', signal, onProgress, paint }) => {
    const deep = values['deep'] === true;
    const ports = deep
      ? await wiring.connect(signal)
      : { store: wiring.store, clock: wiring.clock, target: undefined };
    const backup = namedBackup(operand, wiring);
    const result = await verifyBackup(
      ports,
      { backup, deep, jobs: wiring.policy.jobs },
      { signal, onProgress },
    );
    return { json: toJson(result), text: () => verifyText(result, paint) };
  },
};
