/** What is run, as a person would type it. `ours` tells our own processes, whose memory has a limit. */
export const titles = {
  plain: { title: 'backup (plain .sql)', ours: true },
  gzip: { title: 'backup --format gzip', ours: true },
  zstd: { title: 'backup --format zstd', ours: true },
  custom: { title: 'backup --format custom', ours: true },
  directory: { title: 'backup --format directory --jobs 2', ours: true },
  plainByHand: { title: 'docker exec pg_dump > file && sha256sum file', ours: false },
  gzipByHand: { title: 'docker exec pg_dump | gzip > file', ours: false },
  customByHand: { title: 'docker exec pg_dump -Fc > file', ours: false },
  directoryFloor: { title: 'docker exec pg_dump -Fd -j2 -f /tmp/folder', ours: false },
  restore: { title: 'restore latest --no-safety-backup (plain .sql)', ours: true },
  restoreByHand: { title: 'docker exec -i psql -1 -v ON_ERROR_STOP=1 < file', ours: false },
  restoreDirectory: { title: 'restore latest --no-safety-backup --jobs 2 (directory)', ours: true },
  restoreFloor: { title: 'docker exec pg_restore -j2 /tmp/folder', ours: false },
  templateCopy: { title: 'CREATE DATABASE … TEMPLATE', ours: false },
  status: { title: 'npm run -s db:status -- --json', ours: true },
  leastStatus: { title: "docker exec psql -c 'select 1' && node -e 0", ours: false },
} as const;

export type ContenderId = keyof typeof titles;
