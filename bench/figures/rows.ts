import { limit, peakOfOurs, type Row, ratio, slowestGap } from './row.ts';

/** What the benchmark must show; asked at 600 MB on postgres:17. */
export const rows: readonly Row[] = [
  ratio('backup to plain `.sql`, all promises kept', ['plain'], 'plainByHand', 0.7, true),
  ratio('backup to `.sql.gz` or `.sql.zst`, the better', ['gzip', 'zstd'], 'gzipByHand', 0.35, true),
  ratio(
    'backup in directory format, 2 jobs, exact rows, copied out',
    ['directory'],
    'directoryFloor',
    1.5,
    true,
  ),
  ratio(
    'restore of plain SQL, proof and swap included, without the backup before it',
    ['restore'],
    'restoreByHand',
    1,
  ),
  ratio('restore of directory format, 2 jobs', ['restoreDirectory'], 'restoreFloor', 1.1),
  limit('live database blocked, fence to rename, 6 eager clients', 0.1, ({ swaps }) => swaps?.blockedMs),
  slowestGap('slowest gap of any of those clients, worst of all swaps', 0.5),
  limit('clear after its backup, the operation alone', 0.5, ({ operations }) => operations?.clearMs),
  limit('undo, the operation alone', 0.5, ({ operations }) => operations?.undoMs),
  {
    what: 'peak memory of backup, restore and status, all formats',
    against: '',
    most: 150,
    unit: 'MB',
    everyServer: false,
    figure: peakOfOurs,
  },
  ratio('`db:status`, whole process', ['status'], 'leastStatus', 4),
];
