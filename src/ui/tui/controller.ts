import { OperationError, reasonOf } from '../../core/errors.ts';
import { type Pace, paceMeter } from '../../core/pace.ts';
import type { OnProgress, Progress } from '../../core/progress.ts';
import type { Run } from '../../operations/run.ts';
import type { Effect } from './effects.ts';
import { interrupted } from './interrupted.ts';
import type { Key } from './keys.ts';
import { perform, titleOf } from './perform.ts';
import { poll } from './poll.ts';
import { press, takesText } from './press.ts';
import { pastedKeys } from './read-keys.ts';
import { failureLine } from './result-lines.ts';
import type { MenuServices } from './services.ts';
import { initialState, type MenuState, type ResultLine } from './state.ts';
import { type Event, update } from './update.ts';

/** The menu without its screen: the state, and what keeps it true. */
export interface MenuController {
  state(): MenuState;
  subscribe(listener: () => void): () => void;
  press(keys: readonly Key[]): void;
  /** A paste goes where text is typed, and nowhere else. */
  paste(text: string): void;
  resize(columns: number, rows: number): void;
  /** Gives up what runs, waits for it, then closes; a second call ends at once. */
  interrupt(exitCode: number): void;
  /** Settles when the menu is to be closed. */
  readonly closed: Promise<{ exitCode: number; force: boolean }>;
  /** Stops looking at the database, and gives up what runs. */
  dispose(): void;
}

const drawEveryMs = 100;
const tickEveryMs = 500;

/** What is over in a moment as a rule. */
const quick = new Set<Effect['do']>(['preview-restore', 'preview-clear', 'preview-undo', 'pin', 'delete']);

/** @param lend Gives the terminal to the shell; settles when it is back. */
export function menuController(
  services: MenuServices,
  size: { columns: number; rows: number },
  lend: () => Promise<void> = async () => {},
): MenuController {
  let state = initialState(size.columns, size.rows, services.now());
  const listeners = new Set<() => void>();
  const closing = Promise.withResolvers<{ exitCode: number; force: boolean }>();
  closing.promise.catch(() => {}); // whoever waits for it is told
  const ending = new AbortController();
  let job: AbortController | undefined;
  let quitWith: number | undefined;
  let over = false;
  let suspending = false;

  const put = (next: MenuState): void => {
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  };
  const happen = (event: Event): void => put(update(state, event));

  const list = async (): Promise<void> => happen({ on: 'listed', sets: await services.backups() });
  const look = async (signal: AbortSignal): Promise<void> => {
    const [look, sets] = await Promise.allSettled([services.look(signal), services.backups()]);
    if (signal.aborted) return; // it was given up for a later one, or the menu is closed
    if (look.status === 'fulfilled') happen({ on: 'looked', look: look.value, now: services.now() });
    else if (state.look === null && isUsage(look.reason)) closing.reject(look.reason);
    else happen({ on: 'troubled', line: failureLine('Looking', look.reason), now: services.now() });
    if (sets.status === 'fulfilled') happen({ on: 'listed', sets: sets.value });
    else happen({ on: 'unlisted', why: reasonOf(sets.reason) });
  };
  const silent = (since: number): void => happen({ on: 'silent', since, now: services.now() });
  // Only what shows a time that goes by has a clock.
  const clock = setInterval(() => {
    if (job !== undefined || state.silentSince !== null) happen({ on: 'ticked', now: services.now() });
  }, tickEveryMs);
  ending.signal.addEventListener('abort', () => clearInterval(clock), { once: true });
  const refresh = poll({ look, everyMs: services.lookEveryMs, silent, now: services.now }, ending.signal);

  const close = (exitCode: number, force: boolean): void => {
    over = true;
    closing.resolve({ exitCode, force });
  };

  /** Runs one operation with its progress; the menu has at most one. */
  const work = async (
    kind: { title: string; quick: boolean },
    run: (run: Run) => Promise<ResultLine | null>,
  ): Promise<void> => {
    if (job !== undefined) return;
    job = new AbortController();
    happen({ on: 'started', ...kind, now: services.now() });
    const telling = progressTold((progress, pace) =>
      happen({ on: 'progressed', progress, pace, now: services.now() }),
    );
    // The time that is left goes by where nothing is told, too.
    const clock = setInterval(telling.tick, tickEveryMs);
    const result = await run({ signal: job.signal, onProgress: telling.tell }).catch((error: unknown) =>
      failureLine(kind.title, error),
    );
    clearInterval(clock);
    // What has changed is looked at before the result is told: the next key goes by what is there now.
    if (quitWith === undefined && result !== null)
      await (kind.quick ? list().catch(() => {}) : refresh.now());
    job = undefined;
    happen({ on: 'ended', result });
    if (quitWith !== undefined) close(quitWith, false);
    else if (kind.quick) void refresh.now();
  };

  const cancel = (): void => {
    if (job === undefined) return;
    if (job.signal.aborted) {
      close(quitWith ?? 130, true);
      return;
    }
    job.abort(interrupted());
    happen({ on: 'cancelling' });
  };

  const suspend = async (): Promise<void> => {
    if (suspending) return;
    suspending = true;
    await refresh.pause(); // stopped half-way, a look would go on holding what it holds
    if (job === undefined && !over) await lend();
    suspending = false;
    happen({ on: 'ticked', now: services.now() });
    void refresh.now();
  };

  const carryOut = (effect: Effect): void => {
    switch (effect.do) {
      case 'refresh':
        void refresh.now();
        return;
      case 'cancel':
        cancel();
        return;
      case 'suspend':
        void suspend();
        return;
      case 'quit':
        quitWith = effect.exitCode;
        if (job === undefined) close(effect.exitCode, false);
        else if (!job.signal.aborted) cancel(); // what is cancelled already is waited for
        return;
      default:
        void work({ title: titleOf(effect, state), quick: quick.has(effect.do) }, (run) =>
          perform(services, effect, run, happen),
        );
    }
  };

  const pressAll = (keys: readonly Key[]): void => {
    for (const key of keys) {
      if (over) return;
      const { state: next, effect } = press(state, key);
      put(next);
      if (effect !== undefined) carryOut(effect);
    }
  };

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    press: pressAll,
    paste: (text) => {
      if (takesText(state)) pressAll(pastedKeys(text));
    },
    resize: (columns, rows) => happen({ on: 'resized', columns, rows }),
    interrupt: (exitCode) => {
      const again = job?.signal.aborted === true;
      carryOut({ do: 'quit', exitCode });
      if (again) cancel();
    },
    closed: closing.promise,
    dispose: () => {
      ending.abort();
      job?.abort(interrupted());
    },
  };
}

/** What only another configuration can mend ends the menu before it is of any use. */
function isUsage(error: unknown): boolean {
  return error instanceof OperationError && error.exitCode === 2;
}

/** Passes progress on ten times a second at most, and every new phase at once. */
function progressTold(draw: (progress: Progress, pace: Pace) => void): { tell: OnProgress; tick(): void } {
  const meter = paceMeter();
  let last: Progress | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const drawAt = (at: number, progress: Progress): void => {
    drawnAt = at;
    draw(progress, meter.look(at));
  };
  return {
    tell: (progress) => {
      const at = performance.now();
      meter.tell(at, progress);
      const another = progress.phase !== last?.phase;
      last = progress;
      if (another || at - drawnAt >= drawEveryMs) drawAt(at, progress);
    },
    tick: () => {
      if (last !== undefined) drawAt(performance.now(), last);
    },
  };
}
