import { formatsInWords } from '../../core/backup-format.ts';
import { OperationError } from '../../core/errors.ts';
import { findBackup } from '../../core/find-backup.ts';
import type { BackupSet } from '../../core/ports/store.ts';
import { guardTarget } from '../../operations/guard-rails.ts';
import { previewRestore } from '../../operations/preview-restore.ts';
import { restoreBackup } from '../../operations/restore.ts';
import type { Seen } from '../../operations/seen.ts';
import { toJson } from '../../ui/json.ts';
import { backupTable, describeSet } from '../../ui/line/backups.ts';
import { restorePreviewText, restoreText } from '../../ui/line/results.ts';
import { type Command, type Context, flagText, type Outcome } from '../command.ts';
import { allowances, changeFlags, confirmation } from './change-flags.ts';
import { formatFlag } from './format-flag.ts';
import { jobsFlag } from './jobs-flag.ts';
import { namedBackup } from './named-backup.ts';

export const command: Command = {
  name: 'restore',
  summary: 'bring a backup back; without a name: list the backups, change nothing',
  usage: [
    'make restore-db',
    'npm run restore latest -- --confirm=kubegram',
    'npm run restore ID -- --dry-run',
    './scripts/restore-database.sh [BACKUP]',
  ],
  operand: { name: 'BACKUP', required: false },
  flags: {
    ...changeFlags,
    choose: { type: 'boolean', help: 'choose from a list' },
    'dry-run': { type: 'boolean', help: 'restore and prove it, say what would change, and change nothing' },
    format: { ...formatFlag, help: `the form of the safety backup: ${formatsInWords}` },
    jobs: jobsFlag,
    into: { type: 'string', value: 'NAME', help: 'restore beside, into a new database of this name' },
    'no-safety-backup': {
      type: 'boolean',
      help: 'do not back up first what is replaced: undo is then its only copy',
    },
    'create-roles': { type: 'boolean', help: 'make roles that the server lacks (without login)' },
    'no-owner': { type: 'boolean', help: 'leave owners and grants out' },
    unverified: { type: 'boolean', help: 'take a set that cannot be verified' },
    'allow-other-cluster': { type: 'boolean', help: 'take a backup of another server or database' },
  },
  run: async (context) => {
    const { wiring, values, operand, ask } = context;
    if (operand !== undefined) return restore(context, namedBackup(operand, wiring));
    const sets = await wiring.store.list();
    if (values['choose'] !== true || sets.length === 0) return listing(context, sets);
    if (ask === undefined) throw unasked();
    const now = new Date();
    const set = await ask.choose('Which backup?', sets, (one) => describeSet(one, now));
    return restore(context, set.id);
  },
};

function unasked(): OperationError {
  return new OperationError(
    'confirmation-needed',
    'Which backup? None was named, and there is no terminal to ask on.',
    {
      hint: 'See which there are (npm run backup:list), then: npm run restore BACKUP -- --confirm=DATABASE',
    },
  );
}

function listing({ wiring, paint, columns }: Context, sets: readonly BackupSet[]): Outcome {
  const text = () =>
    sets.length === 0
      ? `There are no backups in ${wiring.store.folder}. Make one: npm run backup`
      : `${backupTable(sets, new Date(), paint, columns)}\n\nNothing was changed. To bring one back: npm run restore ID`;
  return { json: toJson({ backups: sets }), text };
}

async function restore(context: Context, named: string): Promise<Outcome> {
  const { wiring, values, signal, onProgress, paint } = context;
  const run = { signal, onProgress };
  const ports = await wiring.connect(signal);
  // What is previewed is what is restored: `latest` may mean another one after the question.
  const backup = findBackup(await wiring.store.list(), named, ports.target.database).id;
  const dryRun = values['dry-run'] === true;
  const into = flagText(values, 'into');
  const unverified = values['unverified'] === true;
  const allow = allowances(values);
  if (into === undefined) await guardTarget(ports.target, wiring.policy.production, allow);
  const roles = {
    createRoles: values['create-roles'] === true,
    withoutOwners: values['no-owner'] === true,
  };
  let previewed: Seen | undefined;
  const question = async (): Promise<string> => {
    const preview = await previewRestore(ports, { backup, unverified, allow, ...roles }, run);
    previewed = preview.seen;
    return restorePreviewText(preview, paint);
  };
  const confirm =
    dryRun || into !== undefined ? undefined : await confirmation(context, ports.target.database, question);
  const request = {
    backup,
    confirm,
    dryRun,
    into,
    unverified,
    allow,
    previewed,
    safetyBackup: values['no-safety-backup'] !== true,
    ...roles,
  };
  const result = await restoreBackup(ports, wiring.policy, request, run);
  return { json: toJson(result), text: () => restoreText(result, paint) };
}
