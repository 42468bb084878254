import { mostJobs, usualJobs } from '../../core/jobs.ts';
import type { Flag } from '../command.ts';

/** How many sessions dump or load at once. */
export const jobsFlag: Flag = {
  type: 'string',
  value: 'N',
  help: `how many sessions dump a directory, or load and build indexes: 1 to ${mostJobs}, ${usualJobs} unless said`,
  among: Array.from({ length: mostJobs }, (_, fewer) => String(fewer + 1)),
  variable: 'BACKUP_JOBS',
};
