import { describe, expect, it } from 'vitest';
import { type FenceMarker, type UndoMarker, writeMarker } from '../../../src/database/postgres/marker.ts';
import { SqlError } from '../../../src/database/postgres/session.ts';
import { type SwapPlan, swapDatabases } from '../../../src/database/postgres/swap.ts';
import { memorySession } from '../../support/session-memory.ts';

const fence: FenceMarker = {
  kind: 'fence',
  of: "o'app",
  oid: 7,
  liveOid: 5,
  liveAllowed: true,
  before: null,
};
const undo: UndoMarker = {
  kind: 'undo',
  of: "o'app",
  oid: 5,
  at: '2026-02-08T20:00:00Z',
  sequence: 3,
  operation: 'clear',
  backupId: null,
  comment: null,
};
const plan: SwapPlan = {
  live: { name: "o'app", oid: 5 },
  shadow: { name: 'app_shadow', oid: 7 },
  undoName: 'app_undo',
  comment: "the team's",
  fence,
  undo,
  before: { kind: 'shadow', of: "o'app", oid: 7 },
};
const limits = [`SET statement_timeout = '10s'`, `SET lock_timeout = '2s'`];
const unlimited = ['SET statement_timeout = 0', 'SET lock_timeout = 0'];
const unheard = { blockedMs: null, quietSince: null };
const nobodyAsks = (error: unknown): Promise<void> => Promise.reject(error);
const block = expect.stringMatching(/^DO LANGUAGE plpgsql /);

describe('a swap', () => {
  it('is one statement with limits round it, and tells how long the door was closed', async () => {
    const told = { blockedMs: 23.4, quietSince: '700' };
    const { session, done } = memorySession([["current_setting('kubegram.swap')", told]]);
    expect(await swapDatabases(session, plan, nobodyAsks)).toEqual(told);
    expect(done).toEqual([...limits, block, ...unlimited]);
  });

  it('names databases by name and oid, quoted, and carries comment and markers', async () => {
    const { session, done } = memorySession();
    await swapDatabases(session, plan, nobodyAsks);
    await swapDatabases(session, { ...plan, comment: null }, nobodyAsks);
    const [withComment = '', without = ''] = done.filter((line) => line.startsWith('DO'));
    // The block is a literal, and what is quoted in it is quoted twice.
    const inner = withComment.replaceAll("''", "'");
    for (const part of [
      "live_name CONSTANT text := 'o''app';",
      "shadow_name CONSTANT text := 'app_shadow';",
      "undo_name CONSTANT text := 'app_undo';",
      'WHERE oid = 5 AND datname = live_name',
      'WHERE oid = 7 AND datname = shadow_name',
      'WHERE datid IN (5, 7)',
      "live_name, 'the team''s');",
      'WHERE d.oid = 5;',
      "RAISE EXCEPTION 'there is %', failure",
    ])
      expect(inner).toContain(part);
    for (const marker of [fence, undo, plan.before])
      expect(inner).toContain(`, '${writeMarker(marker).replaceAll("'", "''")}');`);
    expect(inner.match(/'there is %'/g)).toHaveLength(2);
    expect(without).toContain("COMMENT ON DATABASE %I IS %L'', live_name, NULL);");
  });

  const refused = new SqlError('there is a prepared transaction', 'P0001');
  const said = {
    code: 'swap-failed',
    message: 'The swap was refused: there is a prepared transaction.',
    hint: 'The live database is as it was and accepts connections. Try again; if it stays, end the sessions that hold it.',
    cause: refused,
  };

  it('that is refused with its fence taken away changes nothing more', async () => {
    const { session, done } = memorySession([['DO LANGUAGE', refused]]);
    await expect(swapDatabases(session, plan, nobodyAsks)).rejects.toMatchObject(said);
    expect(done).toEqual([...limits, block, ...unlimited]);
  });

  it('that is refused with its fence still there opens the live database again, and gives the marker back', async () => {
    const { session, done } = memorySession([
      ['DO LANGUAGE', refused],
      [`shobj_description(oid, 'pg_database') = '${writeMarker(fence).replaceAll("'", "''")}'`, ['1']],
      ["datname), '[]') FROM pg_database WHERE oid = 5", ["o'app"]],
    ]);
    await expect(swapDatabases(session, plan, nobodyAsks)).rejects.toMatchObject(said);
    expect(done.slice(5)).toEqual([
      `ALTER DATABASE "o'app" ALLOW_CONNECTIONS true`,
      `COMMENT ON DATABASE app_shadow IS '${writeMarker(plan.before).replaceAll("'", "''")}'`,
    ]);
  });

  it('whose answer is lost was done or was not: that is asked, and nothing is said on the old session', async () => {
    const gone = new Error('the connection broke off');
    const asked: unknown[] = [];
    const lost = memorySession([['DO LANGUAGE', gone]]);
    const ask = async (error: unknown): Promise<void> => void asked.push(error);
    expect(await swapDatabases(lost.session, plan, ask)).toEqual(unheard);
    expect(asked).toEqual([gone]);
    expect(lost.done).toEqual([...limits, block]);
    await expect(swapDatabases(lost.session, plan, () => Promise.reject(gone))).rejects.toBe(gone);
  });

  it('stays done where the conversation ends after it', async () => {
    const { session } = memorySession([['SET lock_timeout = 0', new Error('the connection broke off')]]);
    expect(await swapDatabases(session, plan, nobodyAsks)).toEqual(unheard);
  });
});
