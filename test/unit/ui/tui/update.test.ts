import { describe, expect, test } from 'vitest';
import { press } from '../../../../src/ui/tui/press.ts';
import type { MenuState, ResultLine } from '../../../../src/ui/tui/state.ts';
import { update } from '../../../../src/ui/tui/update.ts';
import { chosenBackup } from '../../../../src/ui/tui/visible-backups.ts';
import { clearing, job, look, lost, now, numberedSet, numberedSets, state, target } from './states.ts';

const list = (differences: Partial<MenuState> = {}): MenuState => state({ place: 'backups', ...differences });
const listed = (before: MenuState, sets: MenuState['sets']): MenuState =>
  update(before, { on: 'listed', sets: sets ?? [] });
const chosenId = (one: MenuState): string | undefined => chosenBackup(one)?.id;

describe('the chosen backup', () => {
  test('stays chosen when newer ones come in and older ones go', () => {
    const chosen = list({ chosen: numberedSet(2).id });
    const refreshed = listed(chosen, [...[5, 4, 3, 2].map((n) => numberedSet(n))]);
    expect(chosenId(refreshed)).toBe(numberedSet(2).id);
  });

  test.each(['backups', 'details'] as const)('stays in %s though it was never moved to', (place) => {
    const first = state({ place });
    expect(chosenId(listed(first, numberedSets(4)))).toBe(numberedSet(3).id);
    const helped = press(first, '?').state;
    expect(chosenId(listed(helped, numberedSets(4)))).toBe(numberedSet(3).id);
  });

  test('is the newest one where nobody looks at the list', () => {
    expect(chosenId(listed(state(), numberedSets(4)))).toBe(numberedSet(4).id);
  });

  test('is the next one when it is gone, and the one before at the end', () => {
    const five = numberedSets(5);
    const without = (gone: number) => five.filter(({ manifest }) => manifest.sequence !== gone);
    const chosen = (sequence: number) => list({ sets: five, chosen: numberedSet(sequence).id });
    expect(chosenId(listed(chosen(3), without(3)))).toBe(numberedSet(2).id);
    expect(chosenId(listed(chosen(1), without(1)))).toBe(numberedSet(2).id);
    expect(chosenId(listed(list({ sets: five }), without(5)))).toBe(numberedSet(4).id);
    expect(chosenId(listed(chosen(3), []))).toBeUndefined();
  });

  test('is remembered while a filter hides it', () => {
    const hidden = list({ chosen: numberedSet(2).id, filter: numberedSet(3).id });
    const refreshed = listed(hidden, numberedSets(4));
    expect(chosenId(refreshed)).toBe(numberedSet(3).id);
    expect(chosenId(press(refreshed, 'escape').state)).toBe(numberedSet(2).id);
  });

  test('is the first of the first list', () => {
    expect(chosenId(listed(list({ sets: null }), numberedSets(3)))).toBe(numberedSet(3).id);
  });
});

describe('a job', () => {
  test('begins with its first phase, and takes the last notice away', () => {
    const notice = { kind: 'good', text: 'Done', notes: [] } as const;
    const started = update(state({ notice }), { on: 'started', title: 'T', quick: false, now: now + 5 });
    expect(started).toMatchObject({ notice: null, now: now + 5 });
    expect(started.job).toEqual(
      job({ title: 'T', startedAt: now + 5, phaseStartedAt: now + 5, progress: { phase: 'Starting' } }),
    );
  });

  test('logs each phase that is over with its duration', () => {
    const pace = { rate: 1, share: 0.5, secondsLeft: 2 };
    const running = state({ job: job() });
    const same = update(running, {
      on: 'progressed',
      progress: { phase: 'Dumping', bytes: 5 },
      pace,
      now: now + 10,
    });
    expect(same.job).toEqual(job({ progress: { phase: 'Dumping', bytes: 5 }, pace }));
    const next = update(same, { on: 'progressed', progress: { phase: 'Checking' }, pace, now: now + 1234 });
    expect(next.job).toMatchObject({
      done: [{ phase: 'Dumping', ms: 1234 }],
      progress: { phase: 'Checking' },
      phaseStartedAt: now + 1234,
    });
  });

  test('leaves its line as a result and as what was said last', () => {
    const result: ResultLine = { kind: 'good', text: 'Backed up', notes: [] };
    const ended = update(state({ job: job() }), { on: 'ended', result });
    expect(ended).toMatchObject({ job: null, notice: result, results: [result] });
    expect(update(ended, { on: 'ended', result: null }).results).toEqual([result]);
  });

  test('that ends takes the question whether to cancel it away, and no other', () => {
    const ended = (question: MenuState['question']) =>
      update(state({ job: job(), question }), { on: 'ended', result: null }).question;
    expect(ended({ ask: 'quit' })).toBeNull();
    const name = { ask: 'name', about: clearing(), typed: 'k', wrong: false, scroll: 0 } as const;
    expect(ended(name)).toBe(name);
  });

  test('that is cancelled shows it; where there is none, nothing is shown', () => {
    expect(update(state({ job: job() }), { on: 'cancelling' }).job?.cancelling).toBe(true);
    const idle = state();
    expect(update(idle, { on: 'cancelling' })).toBe(idle);
  });
});

describe('a look', () => {
  const refusal: ResultLine = { kind: 'plain', text: 'The container is stopped.', notes: [] };

  test('takes away why a key did nothing, once the database has come or gone', () => {
    const refused = state({ look: lost(), notice: refusal });
    expect(update(refused, { on: 'looked', look: lost(), now }).notice).toBe(refusal);
    expect(update(refused, { on: 'looked', look: look(), now }).notice).toBeNull();
    const paused = look({ target: target({ state: 'paused' }) });
    expect(update(state({ notice: refusal }), { on: 'looked', look: paused, now }).notice).toBeNull();
  });

  test('leaves the line of a result', () => {
    const done = state({ look: lost(), notice: refusal, results: [refusal] });
    expect(update(done, { on: 'looked', look: look(), now }).notice).toBe(refusal);
  });
});

test('a preview is asked about with an empty name', () => {
  const about = clearing();
  expect(update(state(), { on: 'previewed', about }).question).toEqual({
    ask: 'name',
    about,
    typed: '',
    wrong: false,
    scroll: 0,
  });
});

test('a new size, the time and trouble are taken as they come', () => {
  const line: ResultLine = { kind: 'bad', text: 'No', notes: [] };
  expect(update(state(), { on: 'resized', columns: 1, rows: 2 })).toMatchObject({ columns: 1, rows: 2 });
  expect(update(state(), { on: 'ticked', now: 7 }).now).toBe(7);
  expect(update(state(), { on: 'troubled', line, now: 8 })).toMatchObject({
    trouble: line,
    results: [],
    now: 8,
  });
  expect(update(state({ trouble: line }), { on: 'looked', look: look(), now: 9 }).trouble).toBeNull();
  expect(update(state(), { on: 'noticed', line })).toMatchObject({ notice: line, results: [] });
});
