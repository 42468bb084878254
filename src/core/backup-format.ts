import { inWords } from './format.ts';

/** How the SQL of a backup can be packed. */
export type Packing = 'gzip' | 'zstd';

interface Form {
  /** Of the data file. */
  readonly ending: string;
  /** Null where the file is not packed as a whole. */
  readonly packing: Packing | null;
  /** How the metadata says it; of those with the same words the ending tells which it is. */
  readonly metadata: { readonly format: 'plain'; readonly compressed: boolean };
}

/** Every form in which the data of a backup is written, by the name that `--format` and BACKUP_FORMAT know it by. */
export const backupFormats = {
  plain: { ending: '.sql', packing: null, metadata: { format: 'plain', compressed: false } },
  gzip: { ending: '.sql.gz', packing: 'gzip', metadata: { format: 'plain', compressed: true } },
  zstd: { ending: '.sql.zst', packing: 'zstd', metadata: { format: 'plain', compressed: true } },
} as const satisfies Record<string, Form>;

export type BackupFormat = keyof typeof backupFormats;

export const formatNames = Object.keys(backupFormats) as [BackupFormat, ...BackupFormat[]];

/** The names as a sentence has them: "plain, gzip or zstd". */
export const formatsInWords = inWords(formatNames);

/** The endings that the data file of a set may have. */
export const dataEndings: readonly string[] = Object.values(backupFormats).map(({ ending }) => ending);

/** The form of a data file, by its ending; undefined for what this version does not write. */
export function formatOf(dataFile: string): BackupFormat | undefined {
  return formatNames.find((name) => dataFile.endsWith(backupFormats[name].ending));
}

/** How a data file is packed, by its ending. */
export function packingOf(dataFile: string): Packing | null {
  const format = formatOf(dataFile);
  return format === undefined ? null : backupFormats[format].packing;
}

/** Whether metadata may say this of a data file. */
export function fits(dataFile: string, said: Form['metadata']): boolean {
  const format = formatOf(dataFile);
  if (format === undefined) return false;
  const { metadata } = backupFormats[format];
  return metadata.format === said.format && metadata.compressed === said.compressed;
}
