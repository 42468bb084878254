import { join } from 'node:path';
import { readManifest } from '../core/manifest.ts';
import { type Files, readSmallText, removeIfThere, syncFolder } from './files.ts';
import { type SetFile, setFilesIn } from './folder.ts';
import { partial } from './names.ts';

/**
 * Puts in order what a dead owner left in the folder; only called with the lock held.
 *
 * Publishing writes all three files under partial names and syncs them before the first rename. So a set
 * whose data has its final name and whose metadata is still partial is whole: its publication is finished.
 * Every other partial file is removed, and a removal that was begun is finished.
 *
 * @returns One sentence for each thing that was done.
 */
export async function recoverFolder(files: Files, folder: string): Promise<string[]> {
  const found = (await setFilesIn(files, folder)).filter((file) => !file.isFolder);
  const unfinished = found.filter((file) => file.stage !== 'published');
  if (unfinished.length === 0) return [];

  const done: string[] = [];
  for (const [id, parts] of Map.groupBy(unfinished, (file) => file.id)) {
    const published = found.filter((file) => file.id === id && file.stage === 'published');
    done.push(await settle(files, folder, id, parts, published));
  }
  await syncFolder(files, folder);
  return done;
}

async function settle(
  files: Files,
  folder: string,
  id: string,
  unfinished: readonly SetFile[],
  published: readonly SetFile[],
): Promise<string> {
  const remove = async (parts: readonly SetFile[]): Promise<void> => {
    for (const part of parts) await removeIfThere(files, join(folder, part.name));
  };
  if (published.some((file) => file.role === 'metadata')) {
    await remove(unfinished); // a change to the set, or a removal after which somebody put the set back
    return `An unfinished change to ${id} was given up; the backup itself is as it was.`;
  }
  const marks = unfinished.filter((file) => file.stage === 'removing');
  if (marks.length > 0) {
    await remove([...published, ...unfinished.filter((file) => file.stage === 'partial'), ...marks]);
    return `The removal of ${id} was finished.`;
  }
  const metadata = unfinished.find((file) => file.role === 'metadata');
  const hasData = published.some((file) => file.role === 'data');
  if (metadata !== undefined && hasData && (await isWhole(files, folder, metadata))) {
    for (const file of unfinished.toSorted(metadataLast)) {
      await files.rename(join(folder, file.name), join(folder, finalName(file)));
    }
    return `The backup ${id}, complete but not yet published, was published.`;
  }
  await remove(unfinished);
  return `The unfinished backup ${id} was removed.`;
}

async function isWhole(files: Files, folder: string, metadata: SetFile): Promise<boolean> {
  const text = await readSmallText(files, join(folder, metadata.name));
  return text !== undefined && 'manifest' in readManifest(text, metadata.id);
}

function finalName(file: SetFile): string {
  return file.name.slice(1, -partial('').length + 1);
}

function metadataLast(a: SetFile, b: SetFile): number {
  return Number(a.role === 'metadata') - Number(b.role === 'metadata');
}
