import { expect, it } from 'vitest';
import { dockerLauncher } from '../../../src/database/docker/docker-launcher.ts';
import { type StartProcess, startProcess } from '../../../src/process/process.ts';

const inspected = JSON.stringify([
  { Name: '/shop', State: { Status: 'running' }, Config: { Image: 'postgres' }, NetworkSettings: {} },
]);

/** A docker client whose engine calls the container running, and whose `exec` says and ends as given, again and again. */
function execEnding(exitCode: number, stdout: string, stderr = '') {
  const start: StartProcess = ({ args }) =>
    args[0] === 'exec'
      ? startProcess({
          file: 'sh',
          args: ['-c', 'printf %s "$1"; printf %s "$2" >&2; exit $3', 'sh', stdout, stderr, `${exitCode}`],
        })
      : startProcess({ file: 'echo', args: [inspected] });
  return dockerLauncher(start, 'shop', 'app', 0);
}

const notFound =
  'OCI runtime exec failed: exec failed: unable to start container process: exec: "psql": executable file not found in $PATH: unknown\r\n';

// Docker 20.10 says on standard output why it could not start a program, where nobody reads; 28 on standard error.
it.each([
  ['there is no such program', 126, notFound, '', 'There is no psql in the container shop.'],
  ['the same, said where it belongs', 127, '', notFound, 'There is no psql in the container shop.'],
  [
    'the container is being killed',
    126,
    'cannot exec in a stopped state: unknown\r\n',
    '',
    'The container shop is stopped.',
  ],
  [
    'the container is killed',
    1,
    '',
    'Error response from daemon: Container 0f9d is not running',
    'The container shop is stopped.',
  ],
  ['nobody knows why', 126, 'ttrpc: closed: unknown\r\n', '', 'Docker refused: ttrpc: closed: unknown.'],
  ['it passed by', 0, 'psql (PostgreSQL) 17.2', '', undefined],
])(
  'a program that could not be started is asked about, where nothing was heard: %s',
  async (_, code, stdout, stderr, said) => {
    const error = await execEnding(code, stdout, stderr).explain({
      exitCode: 126,
      stderr: '',
      notFound: false,
    });
    expect(error?.message).toBe(said);
  },
);

it('what ended otherwise is left to who knows the program', async () => {
  const launcher = execEnding(126, notFound);
  expect(await launcher.explain({ exitCode: 137, stderr: '', notFound: false })).toBeUndefined();
  expect(await launcher.explain({ exitCode: 126, stderr: 'psql: denied', notFound: false })).toBeUndefined();
});
