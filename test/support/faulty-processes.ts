import { PassThrough, type Readable, Transform, Writable } from 'node:stream';
import { type Running, type StartProcess, startProcess } from '../../src/process/process.ts';

/** What somebody does with the process port: starts a child, writes to it, reads from it, learns how it ended. */
export type ProcessUse = keyof typeof processFaults;

/** The ways in which each use goes wrong. */
export const processFaults = {
  start: ['not found', 'EMFILE', 'EACCES'],
  write: ['broken pipe', 'input ends early', 'killed'],
  read: ['output cut', 'killed'],
  end: ['wrong exit code', 'killed'],
} as const;

export interface ProcessFault {
  use: ProcessUse;
  kind: string;
  nth: number;
  /** Whether every use after the n-th goes wrong too. */
  lasting: boolean;
}

/** Real processes, of which the n-th use goes wrong. Without a fault they are only counted. */
export function faultyProcesses(fault?: ProcessFault) {
  const uses: Record<ProcessUse, number> = { start: 0, write: 0, read: 0, end: 0 };
  const strikes = (use: ProcessUse): boolean => {
    const now = ++uses[use];
    return fault?.use === use && (now === fault.nth || (fault.lasting && now > fault.nth));
  };
  const start: StartProcess = (invocation) => {
    if (strikes('start')) return unstarted(invocation, fault?.kind);
    const child = startProcess(invocation);
    return {
      stdin: input(child, fault?.kind, () => strikes('write')),
      stdout: output(child, fault?.kind, () => strikes('read')),
      ended: child.ended.then((ended) => {
        if (!strikes('end')) return ended;
        return { ...ended, exitCode: fault?.kind === 'killed' ? 137 : 1 };
      }),
      kill: child.kill,
      letEnd: child.letEnd,
    };
  };
  return { start, uses, hasFailed: (): boolean => fault !== undefined && uses[fault.use] >= fault.nth };
}

/** What the system says to a file that is missing or is no program is real; it cannot be made to run out of descriptors. */
function unstarted(invocation: Parameters<StartProcess>[0], kind: string | undefined): Running {
  if (kind === 'not found') return startProcess({ ...invocation, file: '/nonexistent/docker' });
  if (kind === 'EACCES') return startProcess({ ...invocation, file: '/dev/null' });
  const stdin = new PassThrough().on('error', () => {});
  const stdout = new PassThrough();
  stdin.destroy();
  stdout.end();
  const ended = { exitCode: null, stderr: 'spawn docker EMFILE', notFound: false };
  return { stdin, stdout, ended: Promise.resolve(ended), kill: () => {}, letEnd: () => {} };
}

/** What is written: the pipe breaks, or only half of it and nothing of the rest arrives, or the reader dies. */
function input(child: Running, kind: string | undefined, strikes: () => boolean): Writable {
  let gone = false;
  const stdin = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!gone && strikes()) {
        gone = true;
        if (kind === 'killed') child.kill();
        if (kind === 'input ends early') child.stdin.write(chunk.subarray(0, chunk.length >> 1));
        child.stdin.end();
      }
      if (!gone) child.stdin.write(chunk, done);
      else if (kind === 'input ends early') done();
      else done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    },
    final(done) {
      child.stdin.end();
      done();
    },
  });
  return stdin.on('error', () => {}); // as at the real one
}

/** What is read: half of a piece arrives and nothing after it, though the child goes on; or because it died. */
function output(child: Running, kind: string | undefined, strikes: () => boolean): Readable {
  let cut = false;
  return child.stdout.pipe(
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        if (cut) return done();
        cut = strikes();
        if (!cut) return done(null, chunk);
        if (kind === 'killed') child.kill();
        this.push(chunk.subarray(0, chunk.length >> 1));
        this.push(null);
        done();
      },
    }),
  );
}
