import { execa } from 'execa';
import { expect, it } from 'vitest';
import { openSession } from '../../../src/database/postgres/session.ts';
import { type Ended, startProcess } from '../../../src/process/process.ts';
import { localLauncher } from '../../support/local-launcher.ts';

/** Starts a child that goes on when its input has ended. */
const program = (leave: string): string => `
  import { startProcess } from './src/process/process.ts';
  const child = startProcess({ file: 'sh', args: ['-c', 'echo here; cat; sleep 60'] });
  child.stdout.once('data', () => { child.stdin.end(); ${leave} console.log('nothing to do'); });
`;

const run = (leave: string, timeout: number) =>
  execa(process.execPath, ['--input-type=module', '-e', program(leave)], { timeout, reject: false });

it('a child that is left to itself holds up nobody', { timeout: 60_000 }, async () => {
  const [left, held] = await Promise.all([run('child.letEnd();', 20_000), run('', 3000)]);
  expect(left).toMatchObject({ exitCode: 0, stdout: 'nothing to do' });
  expect(held.timedOut).toBe(true);
});

it('a session that is left and does not end is ended, where this process goes on', async () => {
  const ended = Promise.withResolvers<Ended>();
  const start: typeof startProcess = (invocation) => {
    const child = startProcess(invocation);
    void child.ended.then(ended.resolve);
    return child;
  };
  const deaf = { file: 'sh', args: ['-c', 'cat > /dev/null; exec sleep 60'] };
  openSession({ ...localLauncher, start }, deaf).letEnd();
  expect(await ended.promise).toMatchObject({ exitCode: null });
});
