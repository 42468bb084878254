import { Transform, Writable } from 'node:stream';
import { type Invocation, type StartProcess, startProcess } from '../../src/process/process.ts';

/**
 * Real processes that do all they are told; but once something is written to one that `goesDeaf` finds, nothing
 * of what that one says is heard any more, though it lives.
 *
 * @param options With `last` no process can be started from then on; with `oneLine` that much is still heard;
 * with `unsent` it is killed before it reads that.
 */
export function deafTo(
  goesDeaf: (text: string, invocation: Invocation) => boolean,
  { last = false, oneLine = false, unsent = false } = {},
): { start: StartProcess; isDeaf(): boolean } {
  let anyDeaf = false;
  const start: StartProcess = (invocation) => {
    const real = anyDeaf && last ? { ...invocation, file: '/nonexistent/docker' } : invocation;
    const child = startProcess(real);
    let deaf = false;
    let over = false;
    const stdin = new Writable({
      write(chunk: Buffer, _encoding, done) {
        deaf ||= goesDeaf(chunk.toString(), invocation);
        anyDeaf ||= deaf;
        if (deaf && unsent) {
          child.kill();
          done();
        } else child.stdin.write(chunk, done);
      },
      final(done) {
        child.stdin.end();
        done();
      },
    });
    const hearing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        if (!deaf) return done(null, chunk);
        if (over) return done();
        over = true;
        if (oneLine) this.push(chunk.subarray(0, chunk.indexOf('\n') + 1));
        this.push(null);
        done();
      },
    });
    const stdout = child.stdout.pipe(hearing);
    return { ...child, stdin: stdin.on('error', () => {}), stdout };
  };
  return { start, isDeaf: () => anyDeaf };
}
