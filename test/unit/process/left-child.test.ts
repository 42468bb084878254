import { execa } from 'execa';
import { expect, it } from 'vitest';

/** Starts a child that goes on until its input ends, and after that for a while. */
const program = (leave: string): string => `
  import { startProcess } from './src/process/process.ts';
  const child = startProcess({ file: 'sh', args: ['-c', 'echo here; cat; sleep 8'] });
  child.stdout.once('data', () => { child.stdin.end(); ${leave} console.log('nothing to do'); });
`;

it('a child that is left to itself holds up nobody', { timeout: 60_000 }, async () => {
  const options = { timeout: 5000, reject: false };
  const run = (leave: string) =>
    execa(process.execPath, ['--input-type=module', '-e', program(leave)], options);
  const [left, held] = await Promise.all([run('child.leave();'), run('')]);
  expect(left).toMatchObject({ exitCode: 0, stdout: 'nothing to do' });
  expect(held).toMatchObject({ timedOut: true, stdout: 'nothing to do' });
});
