import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { heldOutput, startProcess } from '../../../src/process/process.ts';

it('what a child said before it ended can be let go, and twice is as once', async () => {
  const child = startProcess({ file: 'sh', args: ['-c', 'head -c 150000 /dev/zero'] });
  const held = heldOutput(child);
  await sleep(200);
  held.letGo();
  await sleep(0);
  held.letGo();
  expect(await child.ended).toMatchObject({ exitCode: 0 });
});
