import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { waitingShell } from '../../../src/database/docker/waiting-shell.ts';
import { type Running, type StartProcess, startProcess } from '../../../src/process/process.ts';
import { localLauncher } from '../../support/local-launcher.ts';

/** A shell on this machine in place of one in a container, and a launcher whose first tool it becomes. */
function shellHere() {
  const shells: Running[] = [];
  const start: StartProcess = ({ args: [, , , , file = '', ...args] }) => {
    const shell = startProcess({ file, args });
    shells.push(shell);
    return shell;
  };
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
  expect(await shells[0]?.ended).toMatchObject({ exitCode: 1 });
});

it('a shell that nobody needs ends, and becomes nothing any more', async () => {
  const { shell, shells, launcher } = shellHere();
  shell.letGo();
  expect(await shells[0]?.ended).toMatchObject({ exitCode: 1 });
  expect(await said(launcher.start(launcher.command('cat', [], {})), 'later')).toBe('later');
  shell.letGo();
});
