import { join } from 'node:path';
import { OperationError } from '../core/errors.ts';
import { type Files, removeIfThere, syncFolder } from './files.ts';
import { setFilesIn } from './folder.ts';
import { removing } from './names.ts';

/**
 * Removes all files of a set, published or not. The metadata goes first: from then on the set counts for
 * nothing. It is renamed, not unlinked, so that a removal that is cut short is known as one and finished by
 * the next command.
 */
export async function removeSet(files: Files, folder: string, id: string): Promise<void> {
  const parts = (await setFilesIn(files, folder)).filter((file) => file.id === id);
  const strange = parts.find((part) => part.isFolder);
  if (strange !== undefined) {
    throw new OperationError(
      'refused',
      `${strange.name} in ${folder} is a folder, so ${id} is not removed.`,
      {
        hint: 'Look what is in it, and move it away by hand.',
      },
    );
  }
  const mark = removing(`${id}.json`);
  const metadata = parts.filter((part) => part.role === 'metadata' && part.stage !== 'removing');
  for (const { name } of metadata) {
    await files.rename(join(folder, name), join(folder, mark));
    await syncFolder(files, folder);
  }
  for (const { name } of parts.filter((part) => part.role !== 'metadata')) {
    await removeIfThere(files, join(folder, name));
  }
  await removeIfThere(files, join(folder, mark));
  await syncFolder(files, folder);
}
