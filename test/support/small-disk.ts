import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run } from '../../src/operations/run.ts';
import { isOrphan } from './container-labels.ts';
import { quietRun } from './docker-ports.ts';

/** In memory; or in a file, with the habits of a real disk: it hands its blocks out late. */
export type DiskKind = 'tmpfs' | 'ext4';

/** A file system of the test's own, which is really full when it is full. Disposing unmounts it. */
export interface SmallDisk extends AsyncDisposable {
  /** For the test's files; what takes the room up lies beside it. */
  readonly folder: string;
  freeBytes(): number;
  /** Takes up room until so many bytes are left. At once: for the moment when an operation says its phase. */
  leaveBytes(bytes: number): void;
  /** Takes up files until so many can still be made; there are bytes left for them. */
  leaveFiles(count: number): void;
  makeRoom(): void;
}

/**
 * Needs the right to mount, and fails without it: a test that did not run must not look like one that passed.
 *
 * @param files How many it has room for.
 */
export async function smallDisk(
  megabytes: number,
  kind: DiskKind = 'tmpfs',
  files = 100,
): Promise<SmallDisk> {
  unmountOrphans();
  const place = await mkdtemp(join(tmpdir(), `kubegram-disk-${process.pid}-`));
  mount[kind](place, megabytes, files);
  const folder = join(place, 'backups');
  const filler = join(place, 'filler');
  const facts = () => statfsSync(place);
  const freeBytes = (): number => facts().bavail * facts().bsize;
  // Also where vitest ends this process in the middle of a test.
  const release = (): void => unmount(place);
  process.once('exit', release);
  await mkdir(folder, { mode: 0o700 });

  const makeRoom = (): void => {
    for (let number = 0; number <= files; number++) rmSync(`${filler}${number}`, { force: true });
  };
  return {
    folder,
    freeBytes,
    makeRoom,
    leaveBytes: (bytes) => {
      makeRoom();
      const file = openSync(`${filler}0`, 'w');
      try {
        for (let more = freeBytes() - bytes; more > 0; more -= writeSome(file, more));
        fsyncSync(file);
      } catch (error) {
        // What is at work meanwhile took the room: it is full, which is what was wanted.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      } finally {
        closeSync(file);
      }
    },
    leaveFiles: (count) => {
      makeRoom();
      for (let number = 0; facts().ffree > count; number++) closeSync(openSync(`${filler}${number}`, 'w'));
    },
    [Symbol.asyncDispose]: async () => {
      process.off('exit', release);
      release();
      await rm(`${place}.img`, { force: true });
    },
  };
}

function writeSome(file: number, bytes: number): number {
  return writeSync(file, Buffer.alloc(Math.min(bytes, 1024 * 1024)));
}

const run = (command: string, ...args: string[]): void => void execFileSync(command, args, { stdio: 'pipe' });

const mount: Record<DiskKind, (place: string, megabytes: number, files: number) => void> = {
  tmpfs: (place, megabytes, files) =>
    run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,nr_inodes=${files}`, 'tmpfs', place),
  ext4: (place, megabytes, files) => {
    run('truncate', `--size=${megabytes}M`, `${place}.img`);
    run('mkfs.ext4', '-q', '-m', '0', '-N', String(files), `${place}.img`);
    run('mount', '-o', 'loop', `${place}.img`, place);
  },
};

/** Lazily: a file that is still open there must not keep the mount. */
function unmount(place: string): void {
  run('umount', '--lazy', place);
  rmdirSync(place);
}

/** A killed run leaves its disks behind. */
function unmountOrphans(): void {
  for (const [, place = '', pid] of readFileSync('/proc/mounts', 'utf8').matchAll(
    / (\S*\/kubegram-disk-(\d+)-\S*) /g,
  ))
    if (isOrphan(pid, hostname())) unmount(place);
}

/** A run in which something happens, once, when the operation says that it has come to this phase. */
export function actingAt(phase: string, act: () => void): Run {
  let acted = false;
  return {
    ...quietRun(),
    onProgress: (progress) => {
      if (acted || progress.phase !== phase) return;
      acted = true;
      act();
    },
  };
}
