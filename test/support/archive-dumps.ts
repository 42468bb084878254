import { execa } from 'execa';
import { type ArchiveFormat, readArchive } from '../../src/core/archive/read-archive.ts';
import type { TestContainer } from './container.ts';

/** Makes a folder inside, dumps into it with the options, prints it as a tar. */
const asTar =
  'd=$(mktemp -d); pg_dump -f "$d/d" "$@" && tar -C "$d/d" -cf - .; code=$?; rm -r "$d"; exit $code';

/** An archive of a database, as pg_dump in the container itself makes it; a directory comes as a tar. */
export async function dumpArchive(
  server: TestContainer,
  database: string,
  format: ArchiveFormat,
  ...options: string[]
): Promise<Buffer> {
  const args = ['-U', server.user, '-d', database, `--format=${format}`, ...options];
  const command = format === 'custom' ? ['pg_dump', ...args] : ['sh', '-c', asTar, 'sh', '--jobs=2', ...args];
  const argv = ['exec', server.name, ...command];
  const { stdout } = await execa('docker', argv, { encoding: 'buffer', stripFinalNewline: false });
  return Buffer.from(stdout);
}

/** Reads an archive that is held in memory, in pieces as a pipe gives them. */
export function readBytes(format: ArchiveFormat, archive: Buffer) {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let from = 0; from < archive.length; from += 65_536) yield archive.subarray(from, from + 65_536);
  }
  return readArchive(format, pieces());
}
