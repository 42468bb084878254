import { join } from 'node:path';
import { fits } from '../core/backup-format.ts';
import { listOfTables, type Manifest, readManifest } from '../core/manifest.ts';
import type { BackupSet } from '../core/ports/store.ts';
import { type Files, hasCode, readSmallText } from './files.ts';
import { type SetFile, setFilesIn } from './folder.ts';
import { storeError } from './store-error.ts';

/** All sets of a folder by what lies there, newest first. The folder is the only catalogue (SPEC 3). */
export async function listSets(files: Files, folder: string, read = readSet): Promise<BackupSet[]> {
  const byId = Map.groupBy(await setFilesIn(files, folder), (file) => file.id);
  const readIfThere = async ([id, parts]: [string, SetFile[]]): Promise<BackupSet | undefined> => {
    try {
      return await read(files, folder, id, parts);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined; // on its way out since the folder was read
      throw error;
    }
  };
  try {
    const sets = await Promise.all([...byId].map(readIfThere));
    return sets.filter((set) => set !== undefined).sort(newestFirst);
  } catch (error) {
    throw storeError(error, 'Reading the list of backups', folder);
  }
}

/** Undefined where no set is there: not yet, or not any more. */
export async function readSet(
  files: Files,
  folder: string,
  id: string,
  found: readonly SetFile[],
): Promise<BackupSet | undefined> {
  const parts = found.filter((part) => part.stage === 'published');
  const dataFiles = parts.filter((part) => part.role === 'data').map((part) => part.name);
  const dataFile = dataFiles[0] ?? null;
  const metadataFile = parts.find((part) => part.role === 'metadata');
  if (metadataFile === undefined) {
    // The metadata comes last and goes first: beside its hidden form the data is on its way in or out.
    const underWay = found.some((part) => part.role === 'metadata');
    if (underWay || dataFile === null) return undefined;
  }
  const size = dataFile === null ? undefined : await regularSize(files, join(folder, dataFile));
  const unverifiable = (because: string, manifest?: Manifest): BackupSet => {
    const known = manifest && { sequence: manifest.sequence, reason: manifest.reason };
    return { state: 'unverifiable', id, dataFile, sizeBytes: size ?? 0, because, known };
  };

  if (dataFiles.length > 1) return unverifiable(`there are two data files, ${dataFiles.join(' and ')}`);
  if (metadataFile === undefined)
    return unverifiable('it has no metadata; it was not published by this tool');
  const text = await readableText(files, join(folder, metadataFile.name));
  if (text === undefined) return unverifiable('its metadata cannot be read');

  const reading = readManifest(text, id);
  if ('unreadable' in reading) return unverifiable(reading.unreadable);
  const { manifest } = reading;
  if (dataFile === null) return unverifiable('its data file is missing', manifest);
  if (!fits(dataFile, manifest)) {
    return unverifiable(`its data file has another form than the metadata says (${dataFile})`, manifest);
  }
  if (size === undefined) return unverifiable('its data file is not a regular file', manifest);
  if (size !== manifest.size_bytes) {
    const because = `its data file has ${size} bytes where the metadata says ${manifest.size_bytes}`;
    return unverifiable(because, manifest);
  }
  const tablesFile = parts.find((part) => part.role === 'tables');
  if (tablesFile !== undefined) {
    // Where somebody copied the other two alone, nothing is lost: the metadata names the tables too.
    const tables = await readableText(files, join(folder, tablesFile.name));
    if (tables !== listOfTables(manifest))
      return unverifiable(`its list of tables is not as it was written (${tablesFile.name})`, manifest);
  }
  return { state: 'complete', id, dataFile, manifest };
}

/** One file on a bad block must not hide all the other backups. */
async function readableText(files: Files, path: string): Promise<string | undefined> {
  try {
    return await readSmallText(files, path);
  } catch (error) {
    if (hasCode(error, 'EACCES', 'EIO')) return undefined;
    throw error;
  }
}

async function regularSize(files: Files, path: string): Promise<number | undefined> {
  const facts = await files.lstat(path);
  return facts.isFile() ? facts.size : undefined;
}

function newestFirst(a: BackupSet, b: BackupSet): number {
  const sequence = (set: BackupSet): number => (set.state === 'complete' ? set.manifest.sequence : -1);
  return sequence(b) - sequence(a) || (a.id < b.id ? 1 : -1);
}
