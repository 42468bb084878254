import { describe, expect, test } from 'vitest';
import { bindingFor, bindingOf, bindings, type Intent, menuItems } from '../../../../src/ui/tui/keys.ts';
import { press } from '../../../../src/ui/tui/press.ts';
import type { MenuState, Place } from '../../../../src/ui/tui/state.ts';
import { clearing, job, lost, numberedSets, state } from './states.ts';

const places: readonly Place[] = ['menu', 'backups', 'details', 'status', 'help'];
/** The wording of the union; a new one that is missing here does not compile. */
const intents: Record<Intent, true> = {
  list: true,
  'back-up': true,
  restore: true,
  clear: true,
  undo: true,
  status: true,
  quit: true,
  verify: true,
  'verify-deep': true,
  delete: true,
  pin: true,
  filter: true,
  sort: true,
  up: true,
  down: true,
  'page-up': true,
  'page-down': true,
  first: true,
  last: true,
  enter: true,
  back: true,
  refresh: true,
  help: true,
  interrupt: true,
  suspend: true,
};

describe('the table of keys', () => {
  test.each(places)('in %s no key means two things', (place) => {
    const offered = bindings.filter((binding) => binding.places?.includes(place) ?? true);
    const keys = offered.flatMap((binding) => binding.keys);
    expect(keys).toHaveLength(new Set(keys).size);
    for (const binding of offered)
      for (const key of binding.keys) expect(bindingFor(key, place)).toBe(binding);
  });

  test('everything that can be meant has exactly one binding', () => {
    expect(bindings.map(({ intent }) => intent).toSorted()).toEqual(Object.keys(intents).toSorted());
  });

  test('every line of the menu has a key, and that key does what Enter does on the line', () => {
    for (const [item, intent] of menuItems.entries()) {
      const [key] = bindingOf(intent).keys;
      expect(press(state({ item }), 'enter')).toEqual(press(state({ item }), key));
      expect(press(state({ item }), 'enter')).not.toEqual({ state: state({ item }) });
    }
  });

  test('whatever a footer offers can be done where it is offered', () => {
    for (const { footer, keys, intent } of bindings)
      for (const place of footer) expect(bindingFor(keys[0], place)?.intent).toBe(intent);
  });

  test('an intent without a key is an error of the program', () => {
    expect(() => bindingOf('dance' as Intent)).toThrow('No key is bound to dance.');
  });

  test('a key that nothing is bound to means nothing', () => {
    expect(bindingFor('x', 'menu')).toBeUndefined();
    expect(bindingFor('v', 'menu')).toBeUndefined();
    expect(bindingFor('/', 'details')).toBeUndefined();
  });
});

/** States in which each of these does something that can be seen. */
const active: Record<Intent, [string, MenuState]> = {
  list: ['l', state()],
  'back-up': ['b', state()],
  restore: ['r', state()],
  clear: ['C', state()],
  undo: ['u', state()],
  status: ['s', state()],
  quit: ['q', state()],
  verify: ['v', state({ place: 'backups' })],
  'verify-deep': ['V', state({ place: 'details' })],
  delete: ['d', state({ place: 'backups' })],
  pin: ['p', state({ place: 'details' })],
  filter: ['/', state({ place: 'backups' })],
  sort: ['o', state({ place: 'backups' })],
  up: ['k', state({ item: 3 })],
  down: ['j', state()],
  'page-up': ['pageup', state({ item: 3 })],
  'page-down': ['space', state()],
  first: ['g', state({ item: 3 })],
  last: ['G', state()],
  enter: ['enter', state()],
  back: ['left', state({ place: 'status' })],
  refresh: ['ctrl+r', state()],
  help: ['?', state()],
  interrupt: ['ctrl+c', state()],
  suspend: ['ctrl+z', state()],
};

test.each(Object.entries(active))('the key for %s does something', (_, [key, before]) => {
  const { state: after, effect } = press(before, key);
  expect(effect !== undefined || JSON.stringify(after) !== JSON.stringify(before)).toBe(true);
});

describe('a key that cannot be used now changes nothing and says why', () => {
  const notRead = state({ look: null, sets: null });
  const out = state({ look: lost() });
  const pinned = state({ place: 'backups' });
  const first = pinned.sets?.[0];
  if (first?.state === 'complete') first.manifest.pinned = true;
  const strange = {
    state: 'unverifiable',
    id: 'kubegram_backup_20250101_000000',
    dataFile: null,
    sizeBytes: 1,
    because: 'it has no metadata',
  } as const;
  const unverifiable = state({ place: 'details', sets: [strange] });
  const absent = state();
  if (absent.look?.target) absent.look.target.exists = false;
  const withoutUndo = state();
  if (withoutUndo.look?.target) withoutUndo.look.target.undoPoint = null;
  const busy = state({ job: job(), place: 'backups' });

  const missing =
    'There is no database named kubegram on this server: bring a backup back with r, or set DB_NAME.';
  const cases: [string, MenuState, string][] = [
    ['b', notRead, 'The database was not reached yet.'],
    ['C', notRead, 'The database was not reached yet.'],
    ['u', notRead, 'The database was not reached yet.'],
    ['r', notRead, 'The database was not reached yet.'],
    ...['b', 'C', 'u', 'r'].map((key): [string, MenuState, string] => [
      key,
      out,
      'The container kubegram-server-postgres-1 is stopped.',
    ]),
    ['V', { ...out, place: 'details' }, 'The container kubegram-server-postgres-1 is stopped.'],
    ['b', absent, missing],
    ['C', absent, missing],
    ['u', withoutUndo, 'There is nothing to undo: no clear or restore was made.'],
    ['r', { ...state(), sets: null }, 'The backups were not read yet.'],
    ['r', state({ sets: [] }), 'There are no backups yet: make one with b.'],
    ['r', state({ sets: null, listTrouble: 'EACCES' }), 'The backups cannot be read: EACCES'],
    ['b', state({ silentSince: 1 }), 'The database does not answer.'],
    ['C', state({ trouble: { kind: 'bad', text: 'Looking failed: no.', notes: [] } }), 'Looking failed: no.'],
    ...['r', 'v', 'V', 'p', 'd'].map((key): [string, MenuState, string] => [
      key,
      state({ place: 'backups', filter: 'nothing has this' }),
      'No backup is shown: take the filter out.',
    ]),
    ...['r', 'v', 'V', 'p'].map((key): [string, MenuState, string] => [
      key,
      unverifiable,
      `${strange.id} cannot be verified: it has no metadata.`,
    ]),
    ['d', pinned, `${first?.id} is pinned: unpin it first.`],
    ...['b', 'r', 'C', 'u', 'v', 'V', 'p', 'd'].map((key): [string, MenuState, string] => [
      key,
      busy,
      'Backing up kubegram is not over yet.',
    ]),
  ];

  test.each(cases)('%s', (key, before, why) => {
    const { state: after, effect } = press(before, key);
    expect(effect).toBeUndefined();
    expect(after.notice).toMatchObject({ kind: 'plain', text: why });
    expect({ ...after, notice: null }).toEqual({ ...before, notice: null });
  });

  test('a container that is down comes with the hint what to do about it', () => {
    expect(press(out, 'b').state.notice?.notes).toEqual([
      'Start it with: docker start kubegram-server-postgres-1',
    ]);
    expect(press(busy, 'b').state.notice?.notes).toEqual([]);
  });

  test('what needs no database works while there is none: the list, verification, pins, deletion', () => {
    const list = { ...out, place: 'backups' } as const;
    const id = list.sets?.[0]?.id;
    expect(press(out, 'l').state.place).toBe('backups');
    expect(press(list, 'v').effect).toEqual({ do: 'verify', id, deep: false });
    expect(press(list, 'p').effect).toEqual({ do: 'pin', id, pinned: true });
    expect(press(list, 'd').state.question).toEqual({ ask: 'delete', id });
  });

  test('a database that does not exist can be made from a backup', () => {
    expect(press({ ...absent, place: 'backups' }, 'r').effect).toMatchObject({ do: 'preview-restore' });
  });

  test('an unverifiable backup can be deleted and unpinned ones too', () => {
    expect(press(unverifiable, 'd').state.question).toEqual({ ask: 'delete', id: strange.id });
  });

  test('while something runs, everything can be looked at', () => {
    expect(press(busy, 's').state.place).toBe('status');
    expect(press(busy, 'enter').state.place).toBe('details');
    expect(press(busy, '/').state.filtering).toBe(true);
    expect(press(busy, '?').state.place).toBe('help');
    expect(press({ ...busy, sets: numberedSets(3) }, 'down').state.chosen).toBe(numberedSets(3)[1]?.id);
  });

  test('the line of the menu that cannot be done says why when it is entered', () => {
    expect(press({ ...withoutUndo, item: 4 }, 'enter').state.notice?.text).toMatch(
      /^There is nothing to undo/,
    );
  });
});

test('a question is asked with nothing typed yet; what goes is looked at first', () => {
  expect(press(state(), 'u').effect).toEqual({ do: 'preview-undo' });
  expect(press(state(), 'b').state.question).toEqual({ ask: 'note', typed: '' });
  expect(
    press(state({ question: { ask: 'name', about: clearing(), typed: '', wrong: false, scroll: 0 } }), 'b')
      .state.place,
  ).toBe('menu');
});
