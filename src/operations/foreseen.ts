import { rowBytes } from '../core/archive/load-work.ts';
import type { BackupFacts } from '../core/backup-facts.ts';
import { archiveIn, formatOf } from '../core/backup-format.ts';
import type { CompleteSet } from '../core/ports/store.ts';
import type { Foreseen } from './follow.ts';
import type { Length } from './foreseen-length.ts';

/**
 * Bytes of plain SQL a second, each step by itself, of the benchmark's database on two cores (bench/results). What they
 * are good for is how the steps compare with each other: how fast this machine is shows as it goes. Of index builds it is
 * their weight.
 */
const speed = { check: 265e6, dump: 45e6, send: 150e6, load: 34e6, build: 390e6, refer: 220e6, count: 4e9 };
/** The same of archives, by two sessions of pg_dump and pg_restore: a directory until all of it has come, and rows loaded. */
const archiveSpeed = { dump: 66e6, load: 50e6, build: 325e6 };
/** Bytes of a file a second that are read back and hashed. */
const readSpeed = 800e6;
/** What a database's dump has of its size: the rest is indexes. */
const dumped = 0.55;
/** The weight of the indexes of a database of which only its size is known, for each byte of its dump. */
const usualWeight = 8;

/** To gather the statistics of a table, in seconds; one with fewer rows than the sample has takes less. */
const gather = { seconds: 0.8, rows: 30_000 };

/** What a dump as a directory takes of the time until all of it has come. */
const untilWhole = 0.64;

/** To start something or to ask the server, in seconds. */
export const moment = 0.1;

export type LoadStep = 'send' | 'load' | 'builds' | 'constraints' | 'count';

type Measured = Pick<CompleteSet, 'dataFile'> & {
  manifest: Pick<CompleteSet['manifest'], 'size_bytes' | 'database_size_bytes' | 'tables'>;
};

/** @param facts what its examination found, once there was one */
export function foreseenLoad(
  set: Measured,
  facts?: Pick<BackupFacts, 'bytes' | 'builds' | 'references' | 'work'>,
): Foreseen<LoadStep> {
  const archive = archiveIn(set.dataFile) !== null;
  const known = archive ? facts?.work && rowBytes(facts.work) : facts?.bytes;
  const plain = known ?? plainBytes(set);
  const { load, build } = archive ? archiveSpeed : speed;
  return {
    send: archive ? moment + set.manifest.size_bytes / speed.send : 0,
    load: moment + plain / load,
    builds: moment + (facts?.builds?.weight ?? plain * usualWeight) / build,
    constraints: moment + (facts?.references ?? 0) / speed.refer,
    count: moment + plain / speed.count,
  };
}

export function foreseenCheck(set: Measured): number {
  return moment + plainBytes(set) / speed.check;
}

export function foreseenDump(set: Measured): number {
  return moment + plainBytes(set) / speed.dump;
}

export function foreseenAnalyze(set: Measured, jobs: number): number {
  const tables = set.manifest.tables.map(({ rows }) => Math.min(1, rows / gather.rows));
  // Not quicker than the largest by itself.
  const all = tables.reduce((sum, full) => sum + full, 0);
  return moment + gather.seconds * Math.max(all / jobs, ...tables);
}

export type BackupStep = 'dump' | 'receive' | 'read-back';

export function foreseenBackup({ plain, stored = plain, wholeFirst, seconds }: Length): Foreseen<BackupStep> {
  const all = seconds ?? moment + plain / (wholeFirst ? archiveSpeed : speed).dump;
  const dump = wholeFirst ? all * untilWhole : all;
  return { dump, receive: all - dump, 'read-back': moment + stored / readSpeed };
}

export function sum(seconds: Foreseen<string>): number {
  return Object.values(seconds).reduce<number>((total, one) => total + (one ?? 0), 0);
}

export function plainBytes({ dataFile, manifest }: Measured): number {
  return formatOf(dataFile) === 'plain' ? manifest.size_bytes : manifest.database_size_bytes * dumped;
}
