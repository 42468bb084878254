import { formatNames, formatsInWords } from '../../core/backup-format.ts';
import type { Flag } from '../command.ts';

/** In what form the backup is written. */
export const formatFlag: Flag = {
  type: 'string',
  value: 'NAME',
  help: `the form of the backup: ${formatsInWords}`,
  among: formatNames,
  variable: 'BACKUP_FORMAT',
};
