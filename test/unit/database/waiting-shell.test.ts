import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { dockerTarget } from '../../../src/database/docker/docker-target.ts';
import { waitingShell } from '../../../src/database/docker/waiting-shell.ts';
import { type Running, type StartProcess, startProcess } from '../../../src/process/process.ts';
import { localLauncher } from '../../support/local-launcher.ts';
import { never } from '../../support/store-sets.ts';

/** Runs here what a docker client would run in a container, and as `inspect` what is given. */
function dockerHere(inspect: readonly string[] = []) {
  const shells: Running[] = [];
  const start: StartProcess = ({ args: [command, , , , ...words] }) => {
    const [file = '', ...args] = command === 'exec' ? words : inspect;
    const child = startProcess({ file, args });
    if (command === 'exec') shells.push(child);
    return child;
  };
  return { shells, start };
}

/** A shell on this machine in place of one in a container, and a launcher whose first tool it becomes. */
function shellHere() {
  const { shells, start } = dockerHere();
  const shell = waitingShell(start, 'any');
  return { shell, shells, launcher: shell.used(localLauncher) };
}

const tell = ['-c', 'printf "%s|" "$@" "$SAID"; cat', 'sh'];

async function said(child: Running, input: string): Promise<string> {
  child.stdin.end(input);
  const [output] = await Promise.all([text(child.stdout), child.ended]);
  return output;
}

it.each([
  ['quotes, spaces and what shells expand', [`it's "so"`, '$HOME `id` \\ * ; #', '']],
  ['every language', ['größe', '値段']],
])('the shell becomes the tool, with its words as they are: %s', async (_, words) => {
  const { shells, launcher } = shellHere();
  const child = launcher.start(launcher.command('sh', [...tell, ...words], { SAID: `o'clock $x` }));
  expect(await said(child, 'its input\nwhole')).toBe([...words, `o'clock $x`, 'its input\nwhole'].join('|'));
  expect(shells).toEqual([child]);
});

it('a second tool is started beside it', async () => {
  const { shells, launcher } = shellHere();
  const first = launcher.start(launcher.command('cat', [], {}));
  const second = launcher.start(launcher.command('cat', [], {}));
  expect(second).not.toBe(first);
  expect(await Promise.all([said(first, 'one'), said(second, 'two')])).toEqual(['one', 'two']);
  expect(shells).toHaveLength(1);
});

it('words that hold the end of a line go to a tool that is started for them', async () => {
  const { shell, shells, launcher } = shellHere();
  const child = launcher.start(launcher.command('sh', [...tell, 'two\nlines'], {}));
  expect(shells).not.toContain(child);
  expect(await said(child, '')).toBe('two\nlines||');
  shell.letGo();
  expect(await shells[0]?.ended).toMatchObject({ exitCode: null });
});

it('a shell that nobody needs ends, and becomes nothing any more', async () => {
  const { shell, shells, launcher } = shellHere();
  shell.letGo();
  expect(await shells[0]?.ended).toMatchObject({ exitCode: null });
  expect(await said(launcher.start(launcher.command('cat', [], {})), 'later')).toBe('later');
  shell.letGo();
});

it.each([
  ['no-such-tool', true],
  ['false', false],
])(
  'that it could not become a tool is known, and is not what the tool comes to: %s',
  async (tool, failed) => {
    const { shell, launcher } = shellHere();
    expect(shell.failed()).toBe(false);
    await said(launcher.start(launcher.command(tool, [], {})), '');
    expect(shell.failed()).toBe(failed);
  },
);

describe('no shell is left', () => {
  const settings = {
    ...{ container: 'any', folder: '/', look: true },
    ...{ database: undefined, user: undefined, dockerHost: undefined },
  };
  const facts = JSON.stringify([
    { Name: '/any', State: { Status: 'running' }, Config: { Image: 'postgres' }, NetworkSettings: {} },
  ]);

  it('where the look is given up while the engine says nothing', async () => {
    const { shells, start } = dockerHere(['sleep', '60']);
    const giveUp = new AbortController();
    const target = dockerTarget(start, settings, giveUp.signal, () => {});
    await vi.waitFor(() => expect(shells).toHaveLength(1));
    giveUp.abort(new Error('given up'));
    await expect(target).rejects.toThrow('given up');
    expect(await shells[0]?.ended).toMatchObject({ exitCode: null });
  });

  it('where the container is not the one meant', async () => {
    const { shells, start } = dockerHere(['echo', facts]);
    const refuse = (): never => {
      throw new Error('another one');
    };
    await expect(dockerTarget(start, settings, never, refuse)).rejects.toThrow('another one');
    expect(await shells[0]?.ended).toMatchObject({ exitCode: null });
  });

  it('where it does not run', async () => {
    const { shells, start } = dockerHere(['echo', facts.replace('running', 'exited')]);
    const target = await dockerTarget(start, settings, never, () => {});
    await expect(target.status(never)).rejects.toThrow('The container any is stopped.');
    expect(await shells[0]?.ended).toMatchObject({ exitCode: null });
  });
});
