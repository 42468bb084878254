import { OperationError } from '../../core/errors.ts';
import { quoteLiteral } from '../../core/identifiers.ts';
import { obstaclesQuery } from './facts-query.ts';
import { unfence } from './fence.ts';
import { type FenceMarker, type Marker, type UndoMarker, writeMarker } from './marker.ts';
import { setMarker } from './own-databases.ts';
import { type Session, SqlError } from './session.ts';

export interface SwapPlan {
  live: { name: string; oid: number };
  shadow: { name: string; oid: number };
  undoName: string;
  /** The comment that the new live database gets. */
  comment: string | null;
  fence: FenceMarker;
  undo: UndoMarker;
  /** The marker that the shadow has now and gets back where the swap fails. */
  before: Marker;
}

export interface Swap {
  /** Milliseconds from the fence to the renames; null where the server's answer was lost. */
  blockedMs: number | null;
  /**
   * The snapshot since which nobody wrote anything on this server, until nobody was left in the live database; null where
   * somebody did, or it is not known. Who takes no transaction id writes no row.
   */
  quietSince: string | null;
}

/**
 * Swaps the shadow in, in one statement at the server: the client's death changes nothing (SPEC 5).
 *
 * Fence first, then end all sessions, then both renames in one transaction: a pool that reconnects at once
 * wins against "terminate, then rename" every time and loses against the fence every time (measured:
 * DESIGN, fact 6). Whatever fails after the fence, the fence is taken away again.
 *
 * @param ask Finds out how the swap ended where the server's answer is lost; throws the error where it was not done.
 */
export async function swapDatabases(
  session: Session,
  plan: SwapPlan,
  ask: (error: unknown) => Promise<void>,
): Promise<Swap> {
  // A rename waits for sessions and locks that will not go, with the door closed; it must not wait for long.
  await session.run(`SET statement_timeout = '10s'`);
  await session.run(`SET lock_timeout = '2s'`);
  try {
    await session.run(swapBlock(plan));
  } catch (error) {
    if (!(error instanceof SqlError)) {
      await ask(error);
      return unheard;
    }
    await unlimit(session);
    await reopen(session, plan);
    throw new OperationError('swap-failed', `The swap was refused: ${error.message}.`, {
      hint: 'The live database is as it was and accepts connections. Try again; if it stays, end the sessions that hold it.',
      cause: error,
    });
  }
  try {
    await unlimit(session);
    return await session.json<Swap>(`SELECT current_setting('kubegram.swap')`);
  } catch {
    return unheard; // The swap is done, whatever becomes of the conversation.
  }
}

const unheard: Swap = { blockedMs: null, quietSince: null };

async function unlimit(session: Session): Promise<void> {
  await session.run('SET statement_timeout = 0');
  await session.run('SET lock_timeout = 0');
}

/** The block itself takes the fence away where it fails; where a lock kept it from that, it is done here. */
async function reopen(session: Session, { shadow, fence, before }: SwapPlan): Promise<void> {
  const comment = `SELECT 1 FROM pg_database WHERE oid = ${shadow.oid}
    AND shobj_description(oid, 'pg_database') = ${quoteLiteral(writeMarker(fence))}`;
  if ((await session.run(comment)).length === 0) return;
  await unfence(session, fence);
  await setMarker(session, shadow.name, before);
}

/** What a swap would damage without a word, told again: it may have come since the operation began. */
function refuseObstacles(live: { oid: number }): string {
  return `
    SELECT x.found ->> 0 INTO failure FROM pg_database d, LATERAL (${obstaclesQuery}) x(found) WHERE d.oid = ${live.oid};
    IF failure IS NOT NULL THEN RAISE EXCEPTION 'there is %', failure; END IF;`;
}

function swapBlock(plan: SwapPlan): string {
  const { live, shadow } = plan;
  const text = `
DECLARE
  live_name CONSTANT text := ${quoteLiteral(live.name)};
  shadow_name CONSTANT text := ${quoteLiteral(shadow.name)};
  undo_name CONSTANT text := ${quoteLiteral(plan.undoName)};
  allowed text;
  before CONSTANT pg_snapshot := pg_current_snapshot();
  fence_id text;
  quiet boolean;
  fenced_at timestamptz;
  failure text;
  failure_state text;
BEGIN
  SELECT CASE WHEN datallowconn THEN 'true' ELSE 'false' END INTO allowed
    FROM pg_database WHERE oid = ${live.oid} AND datname = live_name;
  IF NOT FOUND THEN RAISE EXCEPTION 'the live database is not the one that was looked at'; END IF;
  PERFORM 1 FROM pg_database WHERE oid = ${shadow.oid} AND datname = shadow_name;
  IF NOT FOUND THEN RAISE EXCEPTION 'the database to swap in is not the one that was built'; END IF;
  ${refuseObstacles(live)}

  fenced_at := clock_timestamp();
  EXECUTE format('COMMENT ON DATABASE %I IS %L', shadow_name, ${quoteLiteral(writeMarker(plan.fence))});
  EXECUTE format('ALTER DATABASE %I ALLOW_CONNECTIONS false', live_name);
  fence_id := pg_current_xact_id()::text;
  COMMIT;

  BEGIN
    LOOP
      PERFORM pg_stat_clear_snapshot();
      PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datid IN (${live.oid}, ${shadow.oid});
      EXIT WHEN NOT FOUND;
      IF clock_timestamp() > fenced_at + interval '2 seconds' THEN
        RAISE EXCEPTION 'sessions in the database did not end within 2 seconds';
      END IF;
      PERFORM pg_sleep(0.002);
    END LOOP;
    ${refuseObstacles(live)}
    EXECUTE format('ALTER DATABASE %I RENAME TO %I', live_name, undo_name);
    -- Only now is nobody left in it: who was on the way in when the fence came was not to be seen, and the rename has
    -- waited for him. The rename's id follows the fence's, which was the first one free while nobody had one: none was given.
    quiet := pg_snapshot_xmin(before) = pg_snapshot_xmax(before) AND fence_id = pg_snapshot_xmax(before)::text
      AND pg_current_xact_id()::text::bigint = fence_id::bigint + 1;
    EXECUTE format('ALTER DATABASE %I RENAME TO %I', shadow_name, live_name);
    EXECUTE format('COMMENT ON DATABASE %I IS %L', undo_name, ${quoteLiteral(writeMarker(plan.undo))});
    EXECUTE format('COMMENT ON DATABASE %I IS %L', live_name, ${plan.comment === null ? 'NULL' : quoteLiteral(plan.comment)});
    EXECUTE format('ALTER DATABASE %I ALLOW_CONNECTIONS %s', live_name, allowed);
  EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
    GET STACKED DIAGNOSTICS failure = MESSAGE_TEXT, failure_state = RETURNED_SQLSTATE;
  END;

  IF failure IS NOT NULL THEN
    EXECUTE format('ALTER DATABASE %I ALLOW_CONNECTIONS %s', live_name, allowed);
    EXECUTE format('COMMENT ON DATABASE %I IS %L', shadow_name, ${quoteLiteral(writeMarker(plan.before))});
    COMMIT;
    RAISE EXCEPTION USING MESSAGE = failure, ERRCODE = failure_state;
  END IF;
  PERFORM set_config('kubegram.swap', jsonb_build_object(
    'blockedMs', round(extract(epoch FROM clock_timestamp() - fenced_at) * 1000, 1),
    'quietSince', CASE WHEN quiet THEN before::text END)::text, false);
END`;
  return `DO LANGUAGE plpgsql ${quoteLiteral(text)}`;
}
