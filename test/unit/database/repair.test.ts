import { describe, expect, it } from 'vitest';
import { type FenceMarker, type UndoMarker, writeMarker } from '../../../src/database/postgres/marker.ts';
import { repairServer } from '../../../src/database/postgres/repair.ts';
import { type Answers, memoryClient, memorySession, ours } from '../../support/session-memory.ts';

const name = 'app__kubegram_shadow_0123456789ab';
const row = (comment: string | null, of = name) => ({ name: of, oid: 7, sizeBytes: 1, comment });
const shadow = row(writeMarker({ kind: 'shadow', of: 'app', oid: 7 }));
const undo: UndoMarker = {
  kind: 'undo',
  of: 'app',
  oid: 7,
  at: '2026-02-08T20:00:00Z',
  sequence: 1,
  operation: 'clear',
  backupId: null,
  comment: null,
};
const fenced = (changes: Partial<FenceMarker>) =>
  row(
    writeMarker({
      kind: 'fence',
      of: 'app',
      oid: 7,
      liveOid: 5,
      liveAllowed: true,
      before: null,
      ...changes,
    }),
  );
const there: Answers[number] = [
  `FROM pg_database WHERE datname = '${name}'`,
  [{ oid: 7, template: false, comment: null }],
];
const live: Answers[number] = ['FROM pg_database WHERE oid = 5', ['app']];
const drop = `DROP DATABASE ${name} WITH (FORCE)`;
const marked = (marker: Parameters<typeof writeMarker>[0]): string =>
  `COMMENT ON DATABASE ${name} IS '${writeMarker(marker)}'`;

/** What is said and done about what a server holds; `counted` is what is in an unmarked database. */
async function repaired(answers: Answers, counted = '0', exitCode = 0) {
  const { session, done } = memorySession(answers);
  const { client, started } = memoryClient(counted, exitCode);
  return { said: await repairServer(session, client, 'app'), done, started };
}

describe('what a dead operation left on a server', () => {
  it('is nothing where nothing of ours is there', async () => {
    expect(await repaired([])).toEqual({ said: [], done: [], started: [] });
  });

  it('is sessions, which are ended', async () => {
    const { said } = await repaired([["LIKE 'kubegram-work %'", ['t', 't']]]);
    expect(said).toEqual(['2 session(s) of an interrupted operation were ended.']);
  });

  it('is a shadow with its marker, which is dropped without a look into it', async () => {
    const { said, done, started } = await repaired([ours(shadow), there]);
    expect(said).toEqual([`The unfinished database ${name} was removed.`]);
    expect(done).toEqual([drop]);
    expect(started).toEqual([]);
  });

  it('is a database of our name with nothing in it, of a crash before its marker', async () => {
    const { said, done, started } = await repaired([ours(row(null)), there], '0\n');
    expect(said).toEqual([`The unfinished database ${name} was removed.`]);
    expect(done).toEqual([drop]);
    const catalogues = ['class', 'proc', 'type', 'namespace', 'extension', 'largeobject_metadata'];
    expect(started[0]?.call.args.slice(-2)).toEqual([
      '--command',
      `SELECT ${catalogues.map((one) => `(SELECT count(*) FROM pg_${one} WHERE oid >= 16384)`).join(' + ')}`,
    ]);
  });

  it.each([
    ['has something in it', row(null), '1', 0],
    ['cannot be looked into', row(null), '0', 2],
    ['has a comment of somebody else', row('mine'), '0', 0],
    ['is an undo point', row(writeMarker(undo)), '0', 0],
  ])('is not a database of our name that %s: it stays', async (_what, one, counted, exitCode) => {
    const { said, done } = await repaired([ours(one), there], counted, exitCode);
    expect(said).toEqual([]);
    expect(done).toEqual([]);
  });

  it.each([
    [true, '; app accepts connections again'],
    [false, ''],
  ])('is a fence, which is taken away as far as the door was open (%s)', async (liveAllowed, opened) => {
    const open = `ALTER DATABASE app ALLOW_CONNECTIONS ${liveAllowed}`;
    const swap = await repaired([ours(fenced({ liveAllowed })), there, live]);
    expect(swap.said).toEqual([`An interrupted swap was taken back${opened}.`]);
    expect(swap.done).toEqual([open, marked({ kind: 'shadow', of: 'app', oid: 7 }), drop]);
    const undone = await repaired([ours(fenced({ liveAllowed, before: undo })), there, live]);
    expect(undone.said).toEqual([`An interrupted undo was taken back${opened}.`]);
    expect(undone.done).toEqual([open, marked(undo)]);
  });

  it('is an undo point that somebody looked into, which is closed again', async () => {
    const { said, done } = await repaired([ours({ ...row(writeMarker(undo)), open: true }), there]);
    expect(said).toEqual([`The undo point ${name} was closed again.`]);
    expect(done).toEqual([`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`]);
  });

  it('that cannot be removed is named with the reason, and the rest is put in order all the same', async () => {
    const other = 'app__kubegram_shadow_ba9876543210';
    const second = row(writeMarker({ kind: 'shadow', of: 'app', oid: 7 }), other);
    const { said, done } = await repaired([
      [drop, new Error('it is in use')],
      [`DROP DATABASE ${other}`, []],
      ours(shadow, second),
      there,
      [`FROM pg_database WHERE datname = '${other}'`, [{ oid: 7, template: false, comment: null }]],
    ]);
    expect(said).toEqual([
      `The unfinished database ${name} could not be removed: it is in use.`,
      `The unfinished database ${other} was removed.`,
    ]);
    expect(done).toHaveLength(2);
  });
});
