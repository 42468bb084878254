import type { Clock } from '../../src/core/ports/clock.ts';
import type { StartProcess } from '../../src/process/process.ts';
import type { Files } from '../../src/store/files.ts';
import { type ClockFault, clockFaults, faultyClock } from './faulty-clock.ts';
import { type FileFault, faultyFiles, fileFaults } from './faulty-files.ts';
import { faultyProcesses, type ProcessFault, processFaults } from './faulty-processes.ts';

/** One call of one port that goes wrong. */
export type Fault =
  | ({ port: 'files' } & FileFault)
  | ({ port: 'processes' } & ProcessFault)
  | ({ port: 'clock' } & ClockFault);

/** How often an operation calls each port; a process is used in several ways. */
export type Uses = Record<'files' | 'clock' | `processes ${ProcessFault['use']}`, number>;

/** The ports under an operation's own, of which one call goes wrong. */
export interface Doubles {
  files: Files;
  start: StartProcess;
  clock: Clock;
  uses(): Uses;
  /** Whether the call that was to go wrong was made. */
  hasFailed(): boolean;
}

export function doubles(newestBackup: Date, fault?: Fault): Doubles {
  const files = faultyFiles(fault?.port === 'files' ? fault : undefined);
  const processes = faultyProcesses(fault?.port === 'processes' ? fault : undefined);
  const clock = faultyClock(newestBackup, fault?.port === 'clock' ? fault : undefined);
  return {
    files: files.files,
    start: processes.start,
    clock: clock.clock,
    uses: () => {
      const { start, write, read, end } = processes.uses;
      const ofProcesses = { 'processes start': start, 'processes write': write, 'processes read': read };
      return { files: files.calls(), clock: clock.calls(), ...ofProcesses, 'processes end': end };
    },
    hasFailed: () => files.hasFailed() || processes.hasFailed() || clock.hasFailed(),
  };
}

/** A kind of failure: all that is open is at which call, and whether it lasts. */
export interface FaultKind {
  use: keyof Uses;
  name: string;
  /** Kinds of one family are much the same: a short run takes one of them. */
  family: string;
  at(nth: number, lasting: boolean): Fault;
}

export const faultKinds: readonly FaultKind[] = [
  ...fileFaults.map((kind): FaultKind => {
    return {
      use: 'files',
      name: kind,
      family: kind,
      at: (nth, lasting) => ({ port: 'files', kind, nth, lasting }),
    };
  }),
  ...Object.entries(processFaults).flatMap(([key, kinds]) =>
    kinds.map((kind): FaultKind => {
      const use = key as ProcessFault['use'];
      const family = use === 'start' ? use : kind;
      const at = (nth: number, lasting: boolean): Fault => ({ port: 'processes', use, kind, nth, lasting });
      return { use: `processes ${use}`, name: `${use}: ${kind}`, family, at };
    }),
  ),
  ...clockFaults.map((kind): FaultKind => {
    const at = (nth: number, lasting: boolean): Fault => ({ port: 'clock', kind, nth, lasting });
    return { use: 'clock', name: `clock: ${kind}`, family: 'clock', at };
  }),
];
