import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { postgresClient } from '../../../src/database/postgres/client.ts';
import { startOneOf } from '../../../src/database/postgres/dump.ts';
import { localLauncher } from '../../support/local-launcher.ts';
import { never } from '../../support/store-sets.ts';

const dumpOf = (script: string, signal = never) =>
  startOneOf(postgresClient(localLauncher), { first: { file: 'sh', args: ['-c', script] } }, signal);

it.each([
  ['is at work', 'echo head; exec sleep 60'],
  ['has ended', 'echo all of it'],
])('a dump that %s, and is given up before anybody reads it, is over', async (_, script) => {
  const giveUp = new AbortController();
  const dump = dumpOf(script, giveUp.signal);
  await sleep(250);
  giveUp.abort(new Error('the disk is full'));
  await expect(dump.finished).rejects.toThrow('the disk is full');
});

// Before anybody reads it: as long as a busy machine takes to open a file, or to load what reads it.
it.each([
  ['whose first bytes come', 'echo head; sleep 0.5; echo tail', 'head\ntail\n'],
  ['that has ended', 'echo all of it', 'all of it\n'],
])('a dump %s before anybody reads it arrives whole', async (_, script, all) => {
  const dump = dumpOf(script);
  await sleep(250);
  const pieces: Buffer[] = [];
  for await (const piece of dump.stream) pieces.push(piece);
  await dump.finished;
  expect(Buffer.concat(pieces).toString()).toBe(all);
});
