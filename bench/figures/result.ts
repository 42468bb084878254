import type { ContenderId } from './titles.ts';
import type { Truth } from './told-truth.ts';

/** One run of a contender. What could not be measured on this machine is null, never a guess. */
export interface Sample {
  /** Wall time. */
  seconds: number;
  /** CPU time of the command and its children on this side: not of the Docker engine, nor of the server. */
  cpuSeconds: number | null;
  /** CPU time inside the container meanwhile: the server, and what was started there. */
  containerCpuSeconds: number | null;
  /** The most memory that any one process of the command had. */
  peakMegabytes: number | null;
  /** What the command left on the disk, in bytes. */
  bytes: number | null;
}

export interface Measured {
  id: ContenderId;
  samples: Sample[];
  /** Why there are no samples: a sentence. */
  leftOut: string | null;
}

export interface Facts {
  date: string;
  commit: string;
  machine: string;
  software: string;
  postgres: string;
  databaseBytes: number;
}

/** All that was measured at one size on one server. */
export interface Result {
  server: number;
  megabytes: number;
  rounds: number;
  facts: Facts;
  contenders: Measured[];
  /** For each swap under the eager clients, in milliseconds. */
  swaps: { blockedMs: number[]; gapMs: number[] } | null;
  /** The operations by themselves, in milliseconds. */
  operations: { clearMs: number[]; undoMs: number[] } | null;
  menu: MenuFigures | null;
  /** Results of before it was measured have none. */
  progress?: ProgressFigures[];
}

export interface ProgressFigures {
  /** The operation and its format. */
  what: string;
  runs: Truth[];
}

export interface MenuFigures {
  /** From the start of the command to its first frame, in milliseconds; by the command that was typed. */
  firstFrame: { command: string; ms: number[] }[];
  /** From a key to its effect on the screen while a backup runs, in milliseconds. */
  keyMs: number[];
  /** How long those backups took, in milliseconds: the keys were pressed during them. */
  backupMs: number[];
  /** From a container that was killed, and from its server that answers again, to the header that says so. */
  lostMs: number[];
  backMs: number[];
}
