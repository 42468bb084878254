/** What the demo does and says, in order; `scripts/demo.ts` plays it. */

export const opening =
  'A small sample database is made in .demo/ (Postgres inside this process: no Docker, no server).';

export interface Step {
  what: string;
  command: string[];
}

export const steps: Step[] = [
  {
    what: 'Back it up. Every row is counted, and the file is read back and compared.',
    command: ['backup', '--note', 'made by the demo'],
  },
  { what: 'See how things stand.', command: ['status'] },
  {
    what: 'Empty it. A person types the name of the database first; here the script says it.',
    command: ['clear', '--confirm=kubegram'],
  },
  { what: 'The tables are there, their rows are gone.', command: ['status'] },
  { what: 'Take that back. It costs the same at any size.', command: ['undo', '--confirm=kubegram'] },
  {
    what: 'Restore the file: built beside the database, proven, then swapped in.',
    command: ['restore', 'latest', '--confirm=kubegram'],
  },
  {
    what: 'Prove the backup by a real restore into a database that is thrown away.',
    command: ['verify', 'latest', '--deep'],
  },
];

/** Every variable that a project's `.env` might set otherwise: the demo is the same wherever it runs. */
export const settings = {
  DB_TARGET: 'embedded',
  DB_EMBEDDED_DIR: '.demo/database',
  DB_NAME: 'kubegram',
  BACKUP_DIR: '.demo/backups',
  BACKUP_KEEP: '2',
  BACKUP_COMPRESSION: 'false',
  BACKUP_ENCRYPTION: 'false',
  BACKUP_MAX_SIZE_MB: '1000',
  BACKUP_TIMEOUT_SECONDS: '600',
  NODE_ENV: 'development',
};

export const summary = `
What happened: a small database was backed up, cleared, brought back by undo and restored from its file, and
the backup was proven by a restore of its own. At no moment was there no database. All of it is in .demo/,
which the next demo makes anew and which you may delete.

The real thing, a Postgres in a container:
  docker compose up -d postgres    start it
  make db-backup                   back it up into backups/
  make clear-db                    back it up, then empty it
  make undo-db                     take that back
  make                             all there is`;
