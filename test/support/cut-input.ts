import { Writable } from 'node:stream';
import { type StartProcess, startProcess } from '../../src/process/process.ts';

/** Real processes that end well, but to which nothing gets through from this text on. */
export function cutInput(text: string): StartProcess {
  return (invocation) => {
    const child = startProcess(invocation);
    let over = false;
    const stdin = new Writable({
      write(chunk: Buffer, _encoding, done) {
        const at = over ? 0 : chunk.indexOf(text);
        if (at === -1) return void child.stdin.write(chunk, done);
        if (!over) child.stdin.end(chunk.subarray(0, at));
        over = true;
        done();
      },
      final(done) {
        child.stdin.end();
        done();
      },
    });
    stdin.on('error', () => {}); // as of every child: how it ended tells more than a pipe that broke
    return { ...child, stdin };
  };
}
