import { join } from 'node:path';
import { readManifest } from '../core/manifest.ts';
import type { BackupSet } from '../core/ports/store.ts';
import { type Files, hasCode, readSafely } from './files.ts';
import { namesIn } from './folder.ts';
import { type FoundFile, parseFileName } from './names.ts';

/** Metadata of real sets is a few kilobytes; a file beyond this is not read at all. */
const metadataLimit = 16 * 1024 * 1024;

/** All sets of a folder by what lies there, newest first. The folder is the only catalogue (SPEC 3). */
export async function listSets(files: Files, folder: string): Promise<BackupSet[]> {
  const found = (await namesIn(files, folder)).flatMap((name) => parseFileName(name) ?? []);
  const published = found.filter((file) => file.stage === 'published' && file.role !== 'tables');
  const byId = Map.groupBy(published, (file) => file.id);
  const sets = await Promise.all([...byId].map(([id, parts]) => readSet(files, folder, id, parts)));
  return sets.filter((set) => set !== undefined).sort(newestFirst);
}

async function readSet(
  files: Files,
  folder: string,
  id: string,
  parts: readonly FoundFile[],
): Promise<BackupSet | undefined> {
  const dataFiles = parts.filter((part) => part.role === 'data').map((part) => part.name);
  const dataFile = dataFiles[0] ?? null;
  const size = dataFile === null ? undefined : await regularSize(files, join(folder, dataFile));
  const unverifiable = (because: string): BackupSet => {
    return { state: 'unverifiable', id, dataFile, sizeBytes: size ?? 0, because };
  };

  if (dataFiles.length > 1) return unverifiable(`there are two data files, ${dataFiles.join(' and ')}`);
  const metadataFile = parts.find((part) => part.role === 'metadata');
  if (metadataFile === undefined)
    return unverifiable('it has no metadata; it was not published by this tool');
  const text = await readText(files, join(folder, metadataFile.name));
  if (text === undefined) return dataFile === null ? undefined : unverifiable('its metadata cannot be read');

  const reading = readManifest(text, id);
  if ('unreadable' in reading) return unverifiable(reading.unreadable);
  const { manifest } = reading;
  if (dataFile === null) return unverifiable('its data file is missing');
  if (dataFile !== id + (manifest.compressed ? '.sql.gz' : '.sql')) {
    return unverifiable(`its data file has another form than the metadata says (${dataFile})`);
  }
  if (size === undefined) return unverifiable('its data file is not a regular file');
  if (size !== manifest.size_bytes) {
    return unverifiable(`its data file has ${size} bytes where the metadata says ${manifest.size_bytes}`);
  }
  return { state: 'complete', id, dataFile, manifest };
}

async function regularSize(files: Files, path: string): Promise<number | undefined> {
  try {
    const facts = await files.lstat(path);
    return facts.isFile() ? facts.size : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined; // removed since the folder was read
    throw error;
  }
}

/** The text of a small regular file; undefined where it is anything else or gone. */
async function readText(files: Files, path: string): Promise<string | undefined> {
  try {
    const handle = await files.open(path, readSafely);
    try {
      const facts = await handle.stat();
      return facts.isFile() && facts.size <= metadataLimit ? await handle.readFile('utf8') : undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ELOOP', 'EACCES', 'EISDIR', 'ENXIO')) return undefined;
    throw error;
  }
}

function newestFirst(a: BackupSet, b: BackupSet): number {
  const sequence = (set: BackupSet): number => (set.state === 'complete' ? set.manifest.sequence : -1);
  return sequence(b) - sequence(a) || (a.id < b.id ? 1 : -1);
}
