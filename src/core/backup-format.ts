import type { ArchiveFormat } from './archive/read-archive.ts';
import { inWords } from './format.ts';

/** How the SQL of a backup can be packed. */
export type Packing = 'gzip' | 'zstd';

interface Form {
  /** Of the data file. */
  readonly ending: string;
  /** Null where the file is not packed as a whole. */
  readonly packing: Packing | null;
  /** How the metadata says it; of those with the same words the ending tells which it is. */
  readonly metadata: { readonly format: 'plain' | ArchiveFormat; readonly compressed: boolean };
}

/** Every form in which the data of a backup is written, by the name that `--format` and BACKUP_FORMAT know it by. */
export const backupFormats = {
  plain: { ending: '.sql', packing: null, metadata: { format: 'plain', compressed: false } },
  gzip: { ending: '.sql.gz', packing: 'gzip', metadata: { format: 'plain', compressed: true } },
  zstd: { ending: '.sql.zst', packing: 'zstd', metadata: { format: 'plain', compressed: true } },
  // The blocks inside them are packed, each for itself. A directory is one tar: one file has one checksum that sha256sum
  // prints, and is published by one rename.
  custom: { ending: '.dump', packing: null, metadata: { format: 'custom', compressed: true } },
  directory: { ending: '.tar', packing: null, metadata: { format: 'directory', compressed: true } },
} as const satisfies Record<string, Form>;

export type BackupFormat = keyof typeof backupFormats;
export type PlainFormat = {
  [Name in BackupFormat]: (typeof backupFormats)[Name]['metadata']['format'] extends 'plain' ? Name : never;
}[BackupFormat];

export const formatNames = Object.keys(backupFormats) as [BackupFormat, ...BackupFormat[]];

/** The names as a sentence has them: "plain, gzip or zstd". */
export const formatsInWords = inWords(formatNames);

/** Those of plain SQL, which any psql takes: all others are archives of pg_restore's. */
export const plainFormats = formatNames.filter((name): name is PlainFormat => archiveAs(name) === null);

/** Which archive of pg_restore's a backup in this form is; null for plain SQL. */
export function archiveAs(format: BackupFormat): ArchiveFormat | null {
  const said = backupFormats[format].metadata.format;
  return said === 'plain' ? null : said;
}

/** The same of a data file, by its ending. */
export function archiveIn(dataFile: string): ArchiveFormat | null {
  const format = formatOf(dataFile);
  return format === undefined ? null : archiveAs(format);
}

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
