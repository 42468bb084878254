import type { FreeRoom } from '../../core/ports/target.ts';
import { removeDebris, temporaryFolder } from './archive-folder.ts';
import { askShell } from './ask-shell.ts';
import type { Client } from './client.ts';

interface Disk {
  size: number;
  free: number;
}

/**
 * Where the server keeps its data and where archives lie for their time, by its own df: the psql that is there runs it. What
 * a dead operation left there is no room that is taken.
 */
export async function freeRoom(client: Client, dataFolder: string | null): Promise<FreeRoom> {
  const room = (folder: string): string => `df -Pk "${folder}" 2>/dev/null | tail -n 1`;
  const texts = [`${removeDebris}; ${room(temporaryFolder)}`, room('$KUBEGRAM_FOLDER')];
  const variables = { KUBEGRAM_FOLDER: dataFolder ?? '/nonexistent' };
  // A server may lack that database; whatever else fails here fails again where it is not for advice.
  const looked = askShell(client, texts, variables, 'Looking at the disk');
  const lines = await looked.catch((): string[] => []);
  client.signal?.throwIfAborted();
  const [archives, data] = lines.map(diskOf);
  return { data: data?.free ?? null, archives: archives?.free ?? null, shared: sameDisk(data, archives) };
}

/** A line of `df -Pk`: its blocks are kilobytes. */
function diskOf(line: string): Disk | undefined {
  const [, size, free] = /^\S.*?\s+(\d+)\s+\d+\s+(\d+)\s/.exec(line) ?? [];
  return size === undefined || free === undefined
    ? undefined
    : { size: Number(size) * 1024, free: Number(free) * 1024 };
}

/** A volume and the container's own files go by two names where they lie on one disk; it has the same room for both. */
function sameDisk(one: Disk | undefined, other: Disk | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.size === other.size && Math.abs(one.free - other.free) < one.size / 1000;
}
