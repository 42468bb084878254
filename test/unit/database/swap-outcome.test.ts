import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/database/postgres/client.ts';
import { adopt } from '../../../src/database/postgres/swap-in.ts';
import { requireNamed } from '../../../src/database/postgres/swap-outcome.ts';
import { memoryClient, memorySession } from '../../support/session-memory.ts';
import { manifestOf } from '../../support/store-sets.ts';

/** Client tools whose psql answers each statement with these lines, in the words of psql's own script. */
function answering(answer: (statement: string) => string[]): { client: Client; asked: string[] } {
  const { client } = memoryClient();
  const asked: string[] = [];
  const start = () => {
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    const ended = Promise.withResolvers<{ exitCode: number; stderr: string; notFound: boolean }>();
    let text = '';
    stdin.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      for (let end = /^\\echo =(\w+)\n/m.exec(text); end !== null; end = /^\\echo =(\w+)\n/m.exec(text)) {
        const statement = text.slice(0, text.indexOf('\n;\n'));
        text = text.slice(end.index + end[0].length);
        asked.push(statement);
        stdout.write([...answer(statement), `=${end[1]}`, ''].join('\n'));
      }
    });
    stdin.on('end', () => {
      stdout.end();
      ended.resolve({ exitCode: 0, stderr: '', notFound: false });
    });
    return { stdin, stdout, ended: ended.promise, kill: () => void stdin.end(), letEnd: () => {} };
  };
  return { client: { ...client, launcher: { ...client.launcher, start } }, asked };
}

const incoming = { name: 'app', oid: 7 };
const brokeOff = new Error('the conversation broke off');
const listens = (statement: string): string[] => (statement.includes('listen_addresses') ? ['*'] : []);
const named = (name: string) => (statement: string) =>
  statement.includes('SELECT datname') ? [name] : listens(statement);

describe('a rename whose answer was lost', () => {
  it('is done where the database has the name', async () => {
    await requireNamed(answering(named('app')).client, incoming, brokeOff);
  });

  it('is not done where it has another, and why it broke off is told', async () => {
    await expect(requireNamed(answering(named('app_shadow')).client, incoming, brokeOff)).rejects.toBe(
      brokeOff,
    );
  });

  it('is asked for when nobody of the operation is at work on the server any more', async () => {
    let atWork = 2;
    const { client, asked } = answering((statement) =>
      statement.includes('pg_stat_activity') && atWork-- > 0 ? ['1'] : named('app')(statement),
    );
    await requireNamed(client, incoming, brokeOff);
    expect(asked.filter((statement) => statement.includes('pg_stat_activity'))).toHaveLength(3);
    expect(asked.at(-1)).toContain('WHERE oid = 7');
  });

  it('is not known where the server cannot be asked', async () => {
    const { client } = memoryClient();
    const start = (): never => {
      throw new Error('spawn docker EAGAIN');
    };
    const lost = { ...client, launcher: { ...client.launcher, start } };
    await expect(requireNamed(lost, incoming, brokeOff)).rejects.toMatchObject({
      code: 'swap-failed',
      message: 'It is not known whether app is the new database.',
    });
  });

  it('lets go of a shadow that has its name', async () => {
    let released = 0;
    const shadow = { name: 'app_shadow', oid: 7, release: () => void released++ };
    const { session } = memorySession([['DO LANGUAGE', brokeOff]]);
    const { database_settings: settings } = manifestOf('app_backup_20260208_200001');
    const place = { control: session, client: answering(named('app')).client, database: 'app' };
    await adopt(place, shadow as unknown as Parameters<typeof adopt>[1], 'app', settings);
    expect(released).toBe(1);
  });
});
