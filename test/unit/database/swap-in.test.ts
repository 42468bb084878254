import { describe, expect, it } from 'vitest';
import { type UndoMarker, writeMarker } from '../../../src/database/postgres/marker.ts';
import type { NamedRow } from '../../../src/database/postgres/own-databases.ts';
import { SqlError } from '../../../src/database/postgres/session.ts';
import type { PostgresShadow } from '../../../src/database/postgres/shadow.ts';
import { adopt, swapBack, swapIn } from '../../../src/database/postgres/swap-in.ts';
import { type Answers, memoryClient, memorySession, ours } from '../../support/session-memory.ts';
import { manifestOf } from '../../support/store-sets.ts';

const settings = { ...manifestOf('app_backup_20260208_200001').database_settings, comment: "the team's" };
const request = { operation: 'clear', backupId: null } as const;
const at = '2026-02-08T20:00:00.123456Z';
const live = { oid: 5, allowed: true, sizeBytes: 900, settings, now: at };
const liveNow: Answers[number] = ['clock_timestamp() AT TIME ZONE', [live]];
const blocked: Answers[number] = ["current_setting('kubegram.swap')", { blockedMs: 12.5, quietSince: '700' }];

/** A shadow that was built; it tells when it is let go. */
function built(appliedSettings?: typeof settings) {
  const seen = { released: 0 };
  const shadow = { name: 'app_shadow', oid: 7, appliedSettings, release: () => void seen.released++ };
  return { shadow: shadow as unknown as PostgresShadow, seen };
}

function place(answers: Answers, seenOid: number | undefined = 5) {
  const { session, done } = memorySession(answers);
  const { client } = memoryClient();
  return { at: { control: session, client, database: 'app', seenOid }, done };
}

/** An undo point as the server lists it. */
function put(
  oid: number,
  sequence: number,
  comment: string | null = null,
): { row: NamedRow; marker: UndoMarker } {
  const marker: UndoMarker = {
    kind: 'undo',
    of: 'app',
    oid,
    at,
    sequence,
    operation: 'clear',
    backupId: null,
    comment,
  };
  const name = `app__kubegram_undo_00000000000${oid}`;
  return { row: { name, oid, sizeBytes: 1, comment: writeMarker(marker) }, marker };
}

const quotedTwice = (text: string): string => text.replaceAll("'", "''''");
const blockOf = (done: readonly string[]): string => done.find((line) => line.startsWith('DO')) ?? '';

describe('swapping a shadow in', () => {
  it('carries the settings over that the live database has by now, then swaps, then lets the shadow go', async () => {
    const { shadow, seen } = built();
    const { at: where, done } = place([liveNow, blocked, ours(put(3, 4).row)]);
    const { undoPoint, ...told } = await swapIn(where, shadow, request);
    expect(told).toEqual({ blockedMs: 12.5, quietSince: '700' });
    expect(undoPoint).toEqual({
      name: expect.stringMatching(/^app__kubegram_undo_[0-9a-f]{12}$/),
      oid: 5,
      sizeBytes: 900,
      at,
      ...request,
    });
    expect(done[0]).toBe('ALTER DATABASE app_shadow OWNER TO postgres');
    expect(seen.released).toBe(1);
    const block = blockOf(done);
    const own = { of: 'app', oid: 7 };
    const { comment } = settings;
    const undo = { kind: 'undo', of: 'app', oid: 5, at, sequence: 5, comment, ...request } as const;
    const fence = { kind: 'fence', ...own, liveOid: 5, liveAllowed: true, before: null } as const;
    for (const marker of [undo, fence, { kind: 'shadow', ...own } as const])
      expect(block).toContain(quotedTwice(writeMarker(marker)));
    expect(block).toContain(`undo_name CONSTANT text := ''${undoPoint.name}''`);
    expect(block).toContain(`live_name, ''${quotedTwice("the team's")}''`);
    expect(block).toContain("live_name CONSTANT text := ''app''");
  });

  it('has nothing to change before the swap where the shadow has these settings already', async () => {
    const { at: where, done } = place([liveNow, blocked]);
    await swapIn(where, built({ ...settings, comment: 'said before' }).shadow, request);
    expect(done[0]).toBe("SET statement_timeout = '10s'");
  });

  it('is refused where the shadow was given settings that the live database has no more', async () => {
    const { shadow, seen } = built({ ...settings, connection_limit: 3 });
    const { at: where, done } = place([liveNow, blocked]);
    await expect(swapIn(where, shadow, request)).rejects.toMatchObject({
      code: 'swap-failed',
      message: 'The settings of app were changed just now.',
      hint: 'Nothing was changed by us; try again.',
    });
    expect(done).toEqual([]);
    expect(seen.released).toBe(0);
  });

  it.each([
    ['another one', [{ ...live, oid: 6 }]],
    ['none', []],
  ])('is refused where the live database is %s than the one that was looked at', async (_what, found) => {
    const { shadow, seen } = built();
    const { at: where, done } = place([['clock_timestamp() AT TIME ZONE', found]]);
    await expect(swapIn(where, shadow, request)).rejects.toMatchObject({
      code: 'swap-failed',
      message: 'app is not the database any more that it was at the start.',
      hint: 'Somebody put another one in its place meanwhile. Nothing was changed; look, then try again.',
    });
    expect(blockOf(done)).toBe('');
    expect(seen.released).toBe(0);
  });

  it('takes the live database as it is where nobody has looked at it', async () => {
    const { at: where, done } = place([liveNow, blocked], undefined);
    await swapIn({ ...where, seenOid: undefined }, built().shadow, request);
    expect(blockOf(done)).not.toBe('');
  });
});

describe('swapping back', () => {
  const point = (oid: number) =>
    ({ name: 'x', oid, sizeBytes: 1, at, operation: 'clear', backupId: null }) as const;

  it('puts the undo point in the place of the live database, which becomes the next one', async () => {
    const { row, marker } = put(3, 4, 'its own');
    const { at: where, done } = place([
      ours(put(2, 9).row, row),
      ["SELECT oid FROM pg_database WHERE datname = 'app'", ['5']],
      liveNow,
      blocked,
    ]);
    const swapped = await swapBack(where, point(3));
    expect(swapped).toMatchObject({
      undoPoint: { oid: 5, operation: 'undo', backupId: null },
      blockedMs: 12.5,
    });
    const block = blockOf(done);
    expect(block).toContain(`shadow_name CONSTANT text := ''${row.name}''`);
    expect(block).toContain("live_name, ''its own''");
    const fence = {
      kind: 'fence',
      of: 'app',
      oid: 3,
      liveOid: 5,
      liveAllowed: true,
      before: marker,
    } as const;
    expect(block).toContain(quotedTwice(writeMarker(fence)));
    expect(block).toContain('"sequence":10');
    // What it gets back where the swap fails.
    expect(block).toContain(`shadow_name, ''${quotedTwice(writeMarker(marker))}''`);
  });

  it('gives it the name alone where no live database is, in one statement', async () => {
    const { row } = put(3, 4, 'its own');
    const { at: where, done } = place([ours(row)]);
    expect(await swapBack(where, point(3))).toBeNull();
    expect(done).toHaveLength(1);
    for (const part of [
      `WHERE oid = 3 AND datname = ''${row.name}''`,
      'the database to be named is not the one that was built',
      `pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ''${row.name}''`,
      `RENAME TO %I'', ''${row.name}'', ''app''`,
      "COMMENT ON DATABASE %I IS %L'', ''app'', ''its own''",
      "ALLOW_CONNECTIONS true'', ''app''",
    ])
      expect(done[0]).toContain(part);
  });

  it.each([
    ['gone', [put(2, 1).row]],
    ['there without its marker', [{ ...put(3, 1).row, comment: null }]],
    [
      'no undo point any more',
      [{ ...put(3, 1).row, comment: writeMarker({ kind: 'shadow', of: 'app', oid: 3 }) }],
    ],
  ])('is refused where the undo point is %s', async (_what, rows) => {
    const { at: where, done } = place([ours(...rows)]);
    await expect(swapBack(where, point(3))).rejects.toMatchObject({
      code: 'refused',
      message: 'The database to go back to is no longer the one that was put aside.',
      hint: 'See what is there: npm run db:status',
    });
    expect(done).toEqual([]);
  });
});

describe('adopting a shadow', () => {
  it('gives it settings, name and comment, and lets it go', async () => {
    const { shadow, seen } = built();
    const { at: where, done } = place([]);
    await adopt(where, shadow, 'beside', { ...settings, comment: null });
    expect(done[0]).toBe('ALTER DATABASE app_shadow OWNER TO postgres');
    expect(blockOf(done)).toContain("COMMENT ON DATABASE %I IS %L'', ''beside'', NULL");
    expect(seen.released).toBe(1);
  });

  it('says that the naming failed where the server refuses it, and keeps hold of it', async () => {
    const { shadow, seen } = built();
    const { at: where } = place([['DO LANGUAGE', new SqlError('database "beside" already exists', '42P04')]]);
    await expect(adopt(where, shadow, 'beside', settings)).rejects.toMatchObject({
      message: 'Naming the database beside failed: database "beside" already exists.',
    });
    expect(seen.released).toBe(0);
  });
});
