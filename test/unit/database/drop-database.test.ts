import { describe, expect, it } from 'vitest';
import { dropOwnDatabase } from '../../../src/database/postgres/drop-database.ts';
import { writeMarker } from '../../../src/database/postgres/marker.ts';
import { type Answers, memoryClient, memorySession } from '../../support/session-memory.ts';

const shadow = { name: 'app__kubegram_shadow_0123456789ab', oid: 7 };
const comment = writeMarker({ kind: 'shadow', of: 'app', oid: 7 });
const drop = `DROP DATABASE ${shadow.name} WITH (FORCE)`;
const found = (facts: object): Answers[number] => [
  `FROM pg_database WHERE datname = '${shadow.name}'`,
  [{ oid: 7, template: false, comment, ...facts }],
];

describe('dropping a database of ours', () => {
  it('takes the one with this name and this oid', async () => {
    const { session, done } = memorySession([found({})]);
    const { client, started } = memoryClient();
    await dropOwnDatabase(session, client, shadow);
    expect(done).toEqual([drop]);
    expect(started).toEqual([]);
  });

  it('is done where there is none', async () => {
    const { session, done } = memorySession();
    await dropOwnDatabase(session, memoryClient().client, shadow);
    expect(done).toEqual([]);
  });

  it('makes an ordinary database of a template first', async () => {
    const { session, done } = memorySession([found({ template: true })]);
    await dropOwnDatabase(session, memoryClient().client, shadow);
    expect(done).toEqual([`ALTER DATABASE ${shadow.name} IS_TEMPLATE false`, drop]);
  });

  it.each([
    ['another oid', { oid: 8 }],
    [
      'the marker of a fence',
      {
        comment: writeMarker({
          kind: 'fence',
          of: 'app',
          oid: 7,
          liveOid: 5,
          liveAllowed: true,
          before: null,
        }),
      },
    ],
  ])('leaves one with %s alone', async (_what, facts) => {
    const { session, done } = memorySession([found(facts)]);
    await expect(dropOwnDatabase(session, memoryClient().client, shadow)).rejects.toMatchObject({
      code: 'refused',
      message: `${shadow.name} is not the database that it was; it is left alone.`,
      hint: 'Look at it, and drop it by hand if it is not needed.',
    });
    expect(done).toEqual([]);
  });

  it('drops one whose comment is gone', async () => {
    const { session, done } = memorySession([found({ comment: null })]);
    await dropOwnDatabase(session, memoryClient().client, shadow);
    expect(done).toEqual([drop]);
  });

  it('takes subscriptions from their slots before, so that nothing on another server goes with it', async () => {
    const { session, done } = memorySession([
      found({}),
      ['FROM pg_subscription WHERE subdbid = 7', ['one', 'Odd']],
    ]);
    const { client, started } = memoryClient();
    await dropOwnDatabase(session, client, shadow);
    expect(done).toEqual([drop]);
    expect(started).toHaveLength(1);
    expect(started[0]?.call.args.slice(-2)).toEqual(['--file', '-']);
    expect(started[0]?.call.args.join(' ')).toContain(`dbname='${shadow.name}'`);
    expect(started[0]?.input.split('\n').map((line) => line.trim())).toEqual([
      'ALTER SUBSCRIPTION one DISABLE;',
      'ALTER SUBSCRIPTION one SET (slot_name = NONE);',
      'DROP SUBSCRIPTION one;',
      'ALTER SUBSCRIPTION "Odd" DISABLE;',
      'ALTER SUBSCRIPTION "Odd" SET (slot_name = NONE);',
      'DROP SUBSCRIPTION "Odd";',
    ]);
  });
});
