import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { OperationError } from '../../../../src/core/errors.ts';
import { noPace } from '../../../../src/core/pace.ts';
import type { BackupSet } from '../../../../src/core/ports/store.ts';
import type { BackupResult } from '../../../../src/operations/backup.ts';
import type { Run } from '../../../../src/operations/run.ts';
import type { StatusResult } from '../../../../src/operations/status.ts';
import { type MenuController, menuController } from '../../../../src/ui/tui/controller.ts';
import type { MenuServices } from '../../../../src/ui/tui/services.ts';
import type { MenuState } from '../../../../src/ui/tui/state.ts';
import { quietServices } from './quiet-services.ts';
import {
  clearPreview,
  down,
  look,
  lost,
  now,
  numberedSet,
  numberedSets,
  seen,
  undoPreview,
} from './states.ts';

/** A backup that goes on until it is told how to end; it keeps the run that it was given. */
function longBackup() {
  const end = Promise.withResolvers<BackupResult>();
  const runs: Run[] = [];
  const notes: string[] = [];
  const backUp = (note: string, run: Run): Promise<BackupResult> => {
    runs.push(run);
    notes.push(note);
    return end.promise;
  };
  return {
    backUp,
    runs,
    notes,
    run: () => runs[0] ?? expect.fail('Nothing runs.'),
    succeed: () =>
      end.resolve({ set: numberedSet(3), previous: null, removed: [], warnings: [], repairs: [] }),
    fail: end.reject,
  };
}

const open: MenuController[] = [];

/** The name as it was typed, and the database that was previewed. */
const confirmed = { confirm: 'kubegram', previewed: seen };

/** A menu that has looked once. */
async function menu(differences: Partial<MenuServices> = {}): Promise<MenuController> {
  const made = menuController(quietServices(differences), { columns: 80, rows: 24 });
  open.push(made);
  await vi.advanceTimersByTimeAsync(0);
  return made;
}

/** How the menu is closed; null while it is not. */
function closing(controller: MenuController): () => { exitCode: number; force: boolean } | null {
  let end: { exitCode: number; force: boolean } | null = null;
  void controller.closed.then((how) => {
    end = how;
  });
  return () => end;
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers({ now });
});
afterEach(() => {
  for (const one of open.splice(0)) one.dispose();
  vi.useRealTimers();
});

describe('looking', () => {
  test('begins at once and fills the header and the list', async () => {
    const controller = menuController(quietServices(), { columns: 80, rows: 24 });
    open.push(controller);
    expect(controller.state()).toMatchObject({ look: null, sets: null, columns: 80, rows: 24 });
    await settle();
    expect(controller.state().look?.database).toBe('kubegram');
    expect(controller.state().sets).toHaveLength(3);
  });

  test('shows within two seconds that a container is lost, and that it is back', async () => {
    let seen: StatusResult = look();
    const controller = await menu({ look: async () => seen });
    seen = lost();
    await vi.advanceTimersByTimeAsync(2000);
    expect(controller.state().look?.unreachable).toBe(down);
    seen = look();
    await vi.advanceTimersByTimeAsync(2000);
    expect(controller.state().look?.target?.state).toBe('running');
  });

  test('is never done twice at once while it answers, however often it is asked for', async () => {
    let running = 0;
    let most = 0;
    let looks = 0;
    const controller = await menu({
      look: async () => {
        looks++;
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 1000));
        running--;
        return look();
      },
    });
    controller.press(['ctrl+r', 'ctrl+r', 'ctrl+r']);
    await vi.advanceTimersByTimeAsync(999);
    expect(looks).toBe(1);
    await vi.advanceTimersByTimeAsync(10);
    expect(looks).toBe(2); // one more for all who asked meanwhile
    await vi.advanceTimersByTimeAsync(1000 + 1400);
    expect(looks).toBe(2);
    await vi.advanceTimersByTimeAsync(100);
    expect(looks).toBe(3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(most).toBe(1);
  });

  test('that never answers does not stop the next ones, which become rare', async () => {
    let looks = 0;
    const controller = await menu({
      look: () => (++looks === 1 ? new Promise(() => {}) : Promise.resolve(lost())),
    });
    await vi.advanceTimersByTimeAsync(2000);
    expect(controller.state().look?.unreachable).toBe(down);
    let hung = 0;
    await menu({
      look: () => {
        hung++;
        return new Promise(() => {});
      },
    });
    await vi.advanceTimersByTimeAsync(600_000);
    expect(hung).toBeGreaterThan(3);
    expect(hung).toBeLessThan(12);
  });

  test('that answers after a later one is out of date', async () => {
    const first = Promise.withResolvers<StatusResult>();
    let looks = 0;
    const controller = await menu({ look: async () => (++looks === 1 ? first.promise : lost()) });
    await vi.advanceTimersByTimeAsync(2000);
    first.resolve(look());
    await settle();
    expect(controller.state().look?.unreachable).toBe(down);
  });

  test('is done at once when it is asked for', async () => {
    const seen = vi.fn(async () => look());
    const controller = await menu({ look: seen });
    await vi.advanceTimersByTimeAsync(500);
    controller.press(['ctrl+r']);
    await settle();
    expect(seen).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1499);
    expect(seen).toHaveBeenCalledTimes(2);
  });

  test('goes on after a look that failed', async () => {
    let broken = true;
    const controller = await menu({
      look: async () => {
        if (broken) throw new Error('no');
        return look();
      },
    });
    expect(controller.state().look).toBeNull();
    broken = false;
    await vi.advanceTimersByTimeAsync(1500);
    expect(controller.state().look?.database).toBe('kubegram');
  });

  test('shows the backups also where the database cannot be looked at, and the other way round', async () => {
    const no = async (): Promise<never> => {
      throw new Error('no');
    };
    expect((await menu({ look: no })).state().sets).toHaveLength(3);
    expect((await menu({ backups: no })).state().look?.database).toBe('kubegram');
  });

  test('says why where it fails, for as long as it does', async () => {
    const broken = new OperationError('failed', 'The status was refused: permission denied.', {
      hint: 'Ask for it.',
    });
    const controller = await menu({ look: () => Promise.reject(broken) });
    const trouble = {
      kind: 'bad',
      text: 'Looking failed: The status was refused: permission denied.',
      notes: ['Ask for it.'],
    };
    expect(controller.state().trouble).toEqual(trouble);
    controller.press(['down']);
    await vi.advanceTimersByTimeAsync(5000);
    expect(controller.state()).toMatchObject({ trouble, notice: null, results: [] });
  });

  test('that fails for the configuration before anything was shown closes the menu with it', async () => {
    const broken = new OperationError('configuration', 'DB_NAME is too long.');
    const controller = await menu({ look: () => Promise.reject(broken) });
    await expect(controller.closed).rejects.toBe(broken);
  });

  test('that is not answered is told, with the time that goes by', async () => {
    const controller = await menu({ look: () => new Promise(() => {}) });
    const since = controller.state().now;
    await vi.advanceTimersByTimeAsync(3000);
    expect(controller.state().silentSince).toBe(since);
    expect(controller.state().now - since).toBeGreaterThanOrEqual(2500);
  });

  test('tells why the backups cannot be read, in their place', async () => {
    const controller = await menu({ backups: () => Promise.reject(new Error('EACCES')) });
    expect(controller.state()).toMatchObject({ sets: null, listTrouble: 'EACCES' });
  });

  test('stops with dispose, for whoever asks as well, and what comes late is not shown', async () => {
    const seen = vi.fn(
      () =>
        new Promise<StatusResult>((resolve) => setTimeout(() => resolve(look({ database: 'late' })), 100)),
    );
    const controller = await menu({ look: seen });
    controller.dispose();
    controller.press(['ctrl+r']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toHaveBeenCalledTimes(1);
    expect(controller.state().look).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is not begun again after dispose, though a job ends or somebody asks', async () => {
    const seen = vi.fn(async () => look());
    const backup = longBackup();
    const controller = await menu({ look: seen, backUp: backup.backUp });
    controller.press(['b', 'enter']);
    controller.dispose();
    controller.press(['ctrl+r']);
    backup.succeed();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toHaveBeenCalledTimes(1);
    expect(controller.state().results).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is told to stop by its signal', async () => {
    let given: AbortSignal | undefined;
    const controller = await menu({
      look: (signal) => {
        given = signal;
        return new Promise(() => {});
      },
    });
    controller.dispose();
    expect(given?.aborted).toBe(true);
  });
});

describe('a job', () => {
  test('has its title, gets the note, and leaves one line when it is over', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    controller.press(['b', 'h', 'i', 'enter']);
    expect(backup.notes).toEqual(['hi']);
    expect(controller.state().job).toMatchObject({ title: 'Backing up kubegram', quick: false, done: [] });
    backup.succeed();
    await settle();
    expect(controller.state().job).toBeNull();
    const [result] = controller.state().results;
    expect(result?.text).toMatch(/^Backed up kubegram: 12 345 rows, 2.3 MB, 0.8 s, .*\.sql, sha256:a+$/);
    expect(controller.state().notice).toBe(result);
  });

  test('keeps the results of all that was done, oldest first', async () => {
    const controller = await menu();
    for (const keys of [['b', 'enter'], ['l'], ['v'], ['V'], ['p'], ['d', 'y']]) {
      controller.press(keys);
      await settle();
    }
    expect(controller.state().results.map(({ text }) => text.split(' ', 2).join(' '))).toEqual([
      'Backed up',
      `Verified ${numberedSet(3).id}:`,
      `Verified ${numberedSet(3).id}:`,
      `Pinned ${numberedSet(3).id}`,
      `Deleted ${numberedSet(3).id}`,
    ]);
  });

  test('is alone: while it runs, no other begins', async () => {
    const backup = longBackup();
    const controller = await menu({
      backUp: backup.backUp,
      verify: () => expect.fail('A second one began.'),
    });
    controller.press(['b', 'enter', 'l', 'v', 'b', 'enter', 'C', 'u', 'p', 'd', 'y']);
    await settle();
    expect(backup.runs).toHaveLength(1);
    expect(controller.state()).toMatchObject({ question: null, results: [] });
    expect(controller.state().notice?.text).toBe('Backing up kubegram is not over yet.');
  });

  test('is followed by a look: what it changed is on the screen when its line is', async () => {
    let sets: BackupSet[] = numberedSets(3);
    const controller = await menu({
      backups: async () => sets,
      backUp: async (_, run) => {
        run.onProgress({ phase: 'Dumping' });
        sets = numberedSets(4);
        return { set: numberedSet(4), previous: null, removed: [], warnings: [], repairs: [] };
      },
    });
    controller.press(['b', 'enter']);
    await settle();
    expect(controller.state().results).toHaveLength(1);
    expect(controller.state().sets).toHaveLength(4);
  });

  test('that fails becomes a line with the reason and the hint', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    controller.press(['b', 'enter']);
    backup.fail(new OperationError('disk-full', 'The disk is full.\nreally', { hint: 'Make room.' }));
    await settle();
    expect(controller.state().results).toEqual([
      { kind: 'bad', text: 'Backing up kubegram failed: The disk is full.', notes: ['Make room.'] },
    ]);
    expect(controller.state().job).toBeNull();
  });

  test('shows how long it takes, twice a second, also where it says nothing', async () => {
    const controller = await menu({ backUp: longBackup().backUp });
    controller.press(['b', 'enter']);
    await vi.advanceTimersByTimeAsync(700);
    expect(controller.state().now).toBe(now + 500);
    await vi.advanceTimersByTimeAsync(300);
    expect(controller.state().now).toBe(now + 1000);
  });

  test('lets its phases be logged with their durations', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    controller.press(['b', 'enter']);
    const { onProgress } = backup.run();
    await vi.advanceTimersByTimeAsync(200);
    onProgress({ phase: 'Dumping', bytes: 0 });
    await vi.advanceTimersByTimeAsync(3000);
    onProgress({ phase: 'Checking', bytes: 0 });
    expect(controller.state().job).toMatchObject({
      progress: { phase: 'Checking' },
      done: [
        { phase: 'Starting', ms: 200 },
        { phase: 'Dumping', ms: 3000 },
      ],
    });
  });

  test('draws its progress ten times a second at most, and a new phase at once', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    controller.press(['b', 'enter']);
    const { onProgress } = backup.run();
    let drawn = 0;
    controller.subscribe(() => drawn++);
    onProgress({ phase: 'Dumping', bytes: 0 });
    for (let bytes = 1; bytes <= 1000; bytes++) onProgress({ phase: 'Dumping', bytes });
    expect(drawn).toBe(1);
    onProgress({ phase: 'Checking', bytes: 0 });
    expect(drawn).toBe(2);
    await vi.advanceTimersByTimeAsync(100);
    drawn = 0;
    onProgress({ phase: 'Checking', bytes: 500 });
    onProgress({ phase: 'Checking', bytes: 501 });
    expect(drawn).toBe(1);
    expect(controller.state().job?.progress.bytes).toBe(500);
  });

  test('lets the time that is left go by where nothing is told', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    controller.press(['b', 'enter']);
    const course = { steps: [{ name: 'dump', seconds: 8 }], at: 0 };
    backup.run().onProgress({ phase: 'Dumping', course });
    await vi.advanceTimersByTimeAsync(2000);
    expect(controller.state().job?.pace).toEqual({ rate: 0, share: 0.25, secondsLeft: 6 });
  });

  test('tells its rate and the time that is left, anew for each phase where the whole is not foreseen', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    controller.press(['b', 'enter']);
    const { onProgress } = backup.run();
    onProgress({ phase: 'Dumping', bytes: 0, expectedBytes: 3750 });
    await vi.advanceTimersByTimeAsync(1250);
    onProgress({ phase: 'Dumping', bytes: 1250, expectedBytes: 3750 });
    expect(controller.state().job?.pace).toEqual({
      rate: 1000,
      share: 1 / 3,
      secondsLeft: expect.closeTo(2.5),
    });
    onProgress({ phase: 'Checking', bytes: 5000 });
    expect(controller.state().job?.pace).toEqual(noPace);
  });

  test('whose progress comes after its end changes nothing', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    controller.press(['b', 'enter']);
    backup.succeed();
    await settle();
    const before = controller.state();
    backup.run().onProgress({ phase: 'Late' });
    expect(controller.state()).toBe(before);
  });

  test.each([
    [['l', 'v'], 'Verifying'],
    [['l', 'V'], 'Deeply verifying'],
  ])('%j has the title %s with the id', async (keys, title) => {
    const controller = await menu({ verify: () => new Promise(() => {}) });
    controller.press(keys);
    expect(controller.state().job?.title).toBe(`${title} ${numberedSet(3).id}`);
  });

  test('that is over in a moment is told apart', async () => {
    const never = (): Promise<never> => new Promise(() => {});
    for (const [keys, title] of [
      [['l', 'p'], `Pinning ${numberedSet(3).id}`],
      [['l', 'd', 'y'], `Deleting ${numberedSet(3).id}`],
      [['C'], 'Looking what would change'],
      [['l', 'r'], 'Looking what would change'],
    ] as const) {
      const controller = await menu({
        pin: never,
        remove: never,
        previewClear: never,
        previewRestore: never,
      });
      controller.press(keys);
      expect(controller.state().job).toMatchObject({ quick: true, title });
    }
    const pinned = await menu({ pin: never, backups: async () => [numberedSet(3, { pinned: true })] });
    pinned.press(['l', 'p']);
    expect(pinned.state().job?.title).toBe(`Unpinning ${numberedSet(3).id}`);
  });
});

describe('what changes the database', () => {
  const name = [...'kubegram'];

  test('a clear is previewed, named, and done in the kind that was previewed', async () => {
    const clear = vi.fn(quietServices().clear);
    const previewClear = vi.fn(quietServices().previewClear);
    const controller = await menu({ clear, previewClear });
    controller.press(['C']);
    await settle();
    expect(controller.state().question).toMatchObject({ ask: 'name', about: { everything: false } });
    controller.press(['tab']);
    await settle();
    expect(controller.state().question).toMatchObject({ ask: 'name', about: { everything: true } });
    expect(previewClear.mock.calls.map(([everything]) => everything)).toEqual([false, true]);
    controller.press(['x', 'enter']);
    await settle();
    expect(clear).not.toHaveBeenCalled();
    controller.press([...name, 'enter']);
    expect(controller.state().job?.title).toBe('Clearing kubegram');
    await settle();
    expect(clear).toHaveBeenCalledExactlyOnceWith(true, confirmed, expect.anything());
    expect(controller.state().results.at(-1)?.text).toMatch(/^Cleared kubegram: 1 row gone/);
  });

  test('a restore brings back what was chosen', async () => {
    const restore = vi.fn(quietServices().restore);
    const controller = await menu({ restore });
    controller.press(['r', 'down', 'enter']);
    await settle();
    controller.press([...name, 'enter']);
    expect(controller.state().job?.title).toBe('Restoring kubegram');
    await settle();
    expect(restore).toHaveBeenCalledExactlyOnceWith(numberedSet(2).id, confirmed, expect.anything());
    expect(controller.state().results.at(-1)).toMatchObject({
      text: expect.stringMatching(/^Restored kubegram from/),
      notes: ['What was there is backed up as safe; undo brings it back.'],
    });
  });

  test('an undo is named too', async () => {
    const undo = vi.fn(quietServices().undo);
    const controller = await menu({ undo });
    controller.press(['u']);
    await settle();
    controller.press([...name, 'enter']);
    expect(controller.state().job?.title).toBe('Undoing in kubegram');
    await settle();
    const previewed = undoPreview().seen;
    expect(undo).toHaveBeenCalledExactlyOnceWith({ confirm: 'kubegram', previewed }, expect.anything());
    expect(controller.state().results.at(-1)?.text).toMatch(
      /^Undone: kubegram is as it was before the clear/,
    );
  });

  test.each(['C', 'u'])('a preview that is refused becomes a line, and nothing is asked: %s', async (key) => {
    const refused = new OperationError('refused', 'This is production.', { hint: 'Type --production.' });
    const previewClear = (): Promise<never> => Promise.reject(refused);
    const controller = await menu({ previewClear, previewUndo: previewClear });
    controller.press([key]);
    await settle();
    expect(controller.state()).toMatchObject({ question: null, job: null });
    expect(controller.state().notice).toMatchObject({ kind: 'bad', notes: ['Type --production.'] });
  });

  test('a preview that was given up asks nothing, though it comes back, and leaves no line', async () => {
    for (const giveUp of ['ctrl+c', 'escape']) {
      const preview = Promise.withResolvers<ReturnType<typeof clearPreview>>();
      let first = true;
      const controller = await menu({
        previewClear: async () => {
          if (!first) return preview.promise;
          first = false;
          return clearPreview();
        },
      });
      controller.press(['C']);
      await settle();
      controller.press(['tab', giveUp]);
      preview.resolve(clearPreview());
      await settle();
      expect(controller.state()).toMatchObject({ question: null, job: null, results: [] });
    }
  });

  test('a preview that stops because it was given up leaves no line either', async () => {
    const controller = await menu({
      previewClear: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    });
    controller.press(['C', 'ctrl+c']);
    await settle();
    expect(controller.state()).toMatchObject({ question: null, job: null, results: [], notice: null });
  });
});

describe('giving the terminal to the shell', () => {
  const lending = () => {
    const back = Promise.withResolvers<void>();
    return { lend: vi.fn(() => back.promise), comeBack: back.resolve };
  };
  const lent = async (
    differences: Partial<MenuServices>,
    lend: () => Promise<void>,
  ): Promise<MenuController> => {
    const made = menuController(quietServices(differences), { columns: 80, rows: 24 }, lend);
    open.push(made);
    await settle();
    return made;
  };

  test('looks at nothing until the terminal is back, and then at once', async () => {
    let looks = 0;
    const { lend, comeBack } = lending();
    const controller = await lent(
      {
        look: async () => {
          looks++;
          return look();
        },
      },
      lend,
    );
    controller.press(['ctrl+z', 'ctrl+z']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lend).toHaveBeenCalledOnce();
    expect(looks).toBe(1);
    comeBack();
    await settle();
    expect(looks).toBe(2);
    await vi.advanceTimersByTimeAsync(1500);
    expect(looks).toBe(3);
  });

  test("gives up the look that is on its way first, and does not call its silence the target's", async () => {
    const { lend, comeBack } = lending();
    const ended = vi.fn();
    let looks = 0;
    const hanging = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => setTimeout(() => reject(signal.reason), 300));
      }).finally(ended) as Promise<never>;
    const controller = await lent(
      { look: (signal) => (++looks === 1 ? hanging(signal) : Promise.resolve(look())) },
      lend,
    );
    controller.press(['ctrl+z']);
    await vi.advanceTimersByTimeAsync(299);
    expect(lend).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalledOnce();
    expect(lend).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(controller.state().silentSince).toBeNull();
    comeBack();
    await settle();
    expect(controller.state().look?.database).toBe('kubegram');
  });

  test('is refused while something runs, and what runs goes on', async () => {
    const backup = longBackup();
    const { lend } = lending();
    const controller = await lent({ backUp: backup.backUp }, lend);
    controller.press(['b', 'enter', 'q', 'ctrl+z']);
    await settle();
    expect(lend).not.toHaveBeenCalled();
    expect(controller.state()).toMatchObject({
      question: null,
      notice: { kind: 'plain', text: 'Backing up kubegram is not over yet.' },
    });
    expect(backup.run().signal.aborted).toBe(false);
  });

  test('does not happen where the menu was closed while a look was given up', async () => {
    const { lend } = lending();
    const look = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => setTimeout(() => reject(signal.reason), 300)),
      );
    const controller = await lent({ look }, lend);
    controller.press(['ctrl+z', 'q']);
    await vi.advanceTimersByTimeAsync(1000);
    expect(lend).not.toHaveBeenCalled();
  });
});

describe('cancelling', () => {
  test('tells the operation to stop, shows it, and goes on when it has stopped', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    const end = closing(controller);
    controller.press(['b', 'enter', 'ctrl+c']);
    const { signal } = backup.run();
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: 'interrupted' });
    expect(controller.state().job?.cancelling).toBe(true);
    backup.fail(signal.reason);
    await settle();
    expect(controller.state()).toMatchObject({
      job: null,
      results: [{ kind: 'plain', text: 'Cancelled: Backing up kubegram. Nothing was left half done.' }],
    });
    expect(end()).toBeNull();
    controller.press(['b', 'enter']);
    expect(backup.runs).toHaveLength(2);
    expect(backup.runs[1]?.signal.aborted).toBe(false);
  });

  test('twice closes at once, by force', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    const end = closing(controller);
    controller.press(['b', 'enter', 'ctrl+c']);
    await settle();
    expect(end()).toBeNull();
    controller.press(['ctrl+c']);
    await settle();
    expect(end()).toEqual({ exitCode: 130, force: true });
  });

  test('what cannot be interrupted any more ends well, and is told so', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    controller.press(['b', 'enter', 'ctrl+c']);
    backup.succeed();
    await settle();
    expect(controller.state().results).toMatchObject([{ kind: 'good' }]);
  });
});

describe('closing', () => {
  test('q closes with 0, Ctrl-C with 130, a signal with its own', async () => {
    for (const [close, exitCode] of [
      [(one: MenuController) => one.press(['q']), 0],
      [(one: MenuController) => one.press(['ctrl+c']), 130],
      [(one: MenuController) => one.interrupt(143), 143],
    ] as const) {
      const controller = await menu();
      const end = closing(controller);
      close(controller);
      await settle();
      expect(end()).toEqual({ exitCode, force: false });
    }
  });

  test('while something runs it asks, cancels, and waits for the end of it', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    const end = closing(controller);
    controller.press(['b', 'enter', 'q']);
    expect(controller.state().question).toEqual({ ask: 'quit' });
    controller.press(['y']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(end()).toBeNull();
    expect(controller.state()).toMatchObject({ question: null, job: { cancelling: true } });
    expect(backup.run().signal.aborted).toBe(true);
    backup.fail(backup.run().signal.reason);
    await settle();
    expect(end()).toEqual({ exitCode: 130, force: false });
    expect(controller.state().results).toHaveLength(1);
  });

  test('the question is gone when what ran has ended by itself', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    controller.press(['b', 'enter', 'q']);
    backup.succeed();
    await settle();
    expect(controller.state().question).toBeNull();
  });

  test('after it was cancelled it still waits in good order', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    const end = closing(controller);
    controller.press(['b', 'enter', 'ctrl+c', 'q', 'y']);
    await settle();
    expect(end()).toBeNull();
    backup.fail(backup.run().signal.reason);
    await settle();
    expect(end()).toEqual({ exitCode: 130, force: false });
  });

  test('a signal cancels what runs, shows it, and a second one ends at once', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    const end = closing(controller);
    controller.press(['b', 'enter']);
    controller.interrupt(143);
    await settle();
    expect(end()).toBeNull();
    expect(controller.state().job?.cancelling).toBe(true);
    controller.interrupt(143);
    await settle();
    expect(end()).toEqual({ exitCode: 143, force: true });
  });

  test('what is typed after it sets nothing off', async () => {
    const backup = longBackup();
    const controller = await menu({ backUp: backup.backUp });
    controller.press(['q', 'b', 'enter']);
    controller.press(['b', 'enter']);
    await settle();
    expect(backup.runs).toEqual([]);
  });
});

test('who listens is told of every change, until they stop listening', async () => {
  const controller = await menu();
  const seen: MenuState[] = [];
  const stop = controller.subscribe(() => seen.push(controller.state()));
  controller.press(['down', 'x']);
  controller.resize(100, 30);
  expect(seen.map(({ item, columns }) => [item, columns])).toEqual([
    [1, 80],
    [1, 100],
  ]);
  stop();
  controller.press(['down']);
  expect(seen).toHaveLength(2);
});
