const idPattern = /^(?<database>.+)_backup_(?<date>\d{8})_(?<time>\d{6})$/s;
const unsafe = /[^A-Za-z0-9_.-]/gu;

/**
 * The id of a backup and the stem of its files: `<database>_backup_<UTC date>_<UTC time>`.
 * A character that has a meaning in a path, a shell or a glob is written as `%XX` of its UTF-8 bytes;
 * the true name stands in the metadata.
 */
export function backupId(database: string, at: Date): string {
  const digits = at.toISOString().replaceAll(/[-:]/g, '');
  return `${fileSafe(database)}_backup_${digits.slice(0, 8)}_${digits.slice(9, 15)}`;
}

/** Whether a text has the form of an id that this tool could have given. */
export function isBackupId(text: string): boolean {
  const database = idPattern.exec(text)?.groups?.['database'];
  return database !== undefined && /^[A-Za-z0-9_%][A-Za-z0-9_.%-]*$/.test(database);
}

/** Whether a backup's id is one that a backup of this database gets. */
export function isIdOf(id: string, database: string): boolean {
  return idPattern.exec(id)?.groups?.['database'] === fileSafe(database);
}

/** When a backup was made, as its id says it: texts that sort by time. */
export function timeIn(id: string): string {
  const { date, time } = idPattern.exec(id)?.groups ?? {};
  return `${date} ${time}`;
}

export interface SetFileNames {
  data: string;
  tables: string;
  metadata: string;
}

/** The three file names of a set; `ending` is one of `dataEndings`. */
export function setFileNames(id: string, ending: string): SetFileNames {
  return { data: id + ending, tables: `${id}_tables.txt`, metadata: `${id}.json` };
}

function fileSafe(name: string): string {
  const bytes = (text: string): string =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  return name.replaceAll(unsafe, bytes).replace(/^[.-]/, bytes);
}
