import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { postgresClient } from '../../../src/database/postgres/client.ts';
import { startOneOf } from '../../../src/database/postgres/dump.ts';
import type { Launcher } from '../../../src/database/postgres/launcher.ts';
import { startProcess } from '../../../src/process/process.ts';
import { never } from '../../support/store-sets.ts';

const launcher: Launcher = {
  start: startProcess,
  user: 'postgres',
  lockWaitMs: 1000,
  check: async () => {},
  command: (file, args, env) => ({ file, args, env }),
  explain: async () => undefined,
};

it('a dump that is given up before anybody reads it has ended', async () => {
  const giveUp = new AbortController();
  const first = { file: 'sh', args: ['-c', 'echo head; exec sleep 60'] };
  const dump = startOneOf(postgresClient(launcher), { first }, giveUp.signal);
  await sleep(100);
  giveUp.abort(new Error('the disk is full'));
  await expect(dump.finished).rejects.toThrow('the disk is full');
});

it('a dump whose first bytes come before anybody reads them arrives whole', async () => {
  const first = { file: 'sh', args: ['-c', 'echo head; sleep 0.5; echo tail'] };
  const dump = startOneOf(postgresClient(launcher), { first }, never);
  await sleep(250); // as long as a busy disk takes to open the file
  const pieces: Buffer[] = [];
  for await (const piece of dump.stream) pieces.push(piece);
  await dump.finished;
  expect(Buffer.concat(pieces).toString()).toBe('head\ntail\n');
});

it('a dump that has ended before anybody reads it arrives whole', async () => {
  const first = { file: 'sh', args: ['-c', 'echo all of it'] };
  const dump = startOneOf(postgresClient(launcher), { first }, never);
  await sleep(250); // as long as a busy machine takes to load what reads it
  const pieces: Buffer[] = [];
  for await (const piece of dump.stream) pieces.push(piece);
  await dump.finished;
  expect(Buffer.concat(pieces).toString()).toBe('all of it\n');
});

it('a dump that had ended, and is given up before anybody reads it, has ended', async () => {
  const giveUp = new AbortController();
  const first = { file: 'sh', args: ['-c', 'echo all of it'] };
  const dump = startOneOf(postgresClient(launcher), { first }, giveUp.signal);
  await sleep(250);
  giveUp.abort(new Error('the disk is full'));
  await expect(dump.finished).rejects.toThrow('the disk is full');
});
