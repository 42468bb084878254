import { join } from 'node:path';
import { readManifest } from '../core/manifest.ts';
import { type Files, removeIfThere, syncFolder } from './files.ts';
import { namesIn } from './folder.ts';
import { type FoundFile, parseFileName, partial } from './names.ts';

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
  const found = (await namesIn(files, folder)).flatMap((name) => parseFileName(name) ?? []);
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
  unfinished: readonly FoundFile[],
  published: readonly FoundFile[],
): Promise<string> {
  if (unfinished.some((file) => file.stage === 'removing')) {
    for (const file of [...published, ...unfinished]) await removeIfThere(files, join(folder, file.name));
    return `The removal of ${id} was finished.`;
  }
  const metadata = unfinished.find((file) => file.role === 'metadata');
  const hasData = published.some((file) => file.role === 'data');
  const isPublished = published.some((file) => file.role === 'metadata');
  if (metadata !== undefined && hasData && !isPublished && (await isWhole(files, folder, metadata))) {
    for (const file of unfinished.toSorted(metadataLast)) {
      await files.rename(join(folder, file.name), join(folder, finalName(file)));
    }
    return `The backup ${id}, complete but not yet published, was published.`;
  }
  for (const file of unfinished) await removeIfThere(files, join(folder, file.name));
  return `The unfinished backup ${id} was removed.`;
}

async function isWhole(files: Files, folder: string, metadata: FoundFile): Promise<boolean> {
  return 'manifest' in readManifest(await files.readFile(join(folder, metadata.name), 'utf8'), metadata.id);
}

function finalName(file: FoundFile): string {
  return file.name.slice(1, -partial('').length + 1);
}

function metadataLast(a: FoundFile, b: FoundFile): number {
  return Number(a.role === 'metadata') - Number(b.role === 'metadata');
}
