import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../../../src/ui/tui/layout.ts';
import { pageOf } from '../../../../src/ui/tui/pages/page.ts';
import { press } from '../../../../src/ui/tui/press.ts';
import type { MenuState } from '../../../../src/ui/tui/state.ts';
import { chosenBackup } from '../../../../src/ui/tui/visible-backups.ts';
import { clearing, job, lost, numberedSet, numberedSets, restoring, state } from './states.ts';

const pressed = (before: MenuState, ...keys: string[]): MenuState =>
  keys.reduce((current, key) => press(current, key).state, before);
const list = (differences: Partial<MenuState> = {}): MenuState => state({ place: 'backups', ...differences });

describe('going from place to place', () => {
  test('Esc leads from the details to the list, from there and from the status to the menu, and no further', () => {
    const details = pressed(state(), 'l', 'enter');
    expect(details.place).toBe('details');
    expect(pressed(details, 'escape').place).toBe('backups');
    expect(pressed(details, 'escape', 'left').place).toBe('menu');
    expect(pressed(details, 'escape', 'escape', 'escape').place).toBe('menu');
    expect(pressed(state(), 's', 'escape').place).toBe('menu');
  });

  test.each(['menu', 'backups', 'details', 'status'] as const)(
    'Esc leads from the keys back to %s',
    (place) => {
      expect(pressed(state({ place }), '?', 'escape').place).toBe(place);
      expect(pressed(state({ place }), '?', '?', 'escape').place).toBe(place);
    },
  );

  test('after the keys, Esc goes on as it would have before them', () => {
    expect(pressed(state(), 'l', 'enter', '?', 'escape', 'escape').place).toBe('backups');
  });

  test('from the keys another place is reached, and Esc does not lead back into the keys', () => {
    const status = pressed(state({ place: 'backups' }), '?', 's');
    expect(status.place).toBe('status');
    expect(pressed(status, 'escape').place).toBe('menu');
  });

  test('Esc takes the filter out first', () => {
    const filtered = list({ filter: 'x' });
    expect(pressed(filtered, 'escape')).toMatchObject({ place: 'backups', filter: '' });
    expect(pressed(filtered, 'escape', 'escape').place).toBe('menu');
  });

  test('a new place begins at its top', () => {
    expect(pressed(state({ place: 'status', scroll: 7 }), '?').scroll).toBe(0);
    expect(pressed(state({ place: 'help', before: 'status', scroll: 7 }), 'escape').scroll).toBe(0);
  });

  test('Enter on an empty list stays there', () => {
    expect(pressed(list({ sets: [] }), 'enter').place).toBe('backups');
  });

  test('Enter on a page does nothing', () => {
    for (const place of ['details', 'status', 'help'] as const)
      expect(press(state({ place }), 'enter')).toEqual({ state: state({ place }) });
  });

  test('a key takes the passing line away; one that means nothing leaves it', () => {
    const notice = { kind: 'good', text: 'Done', notes: [] } as const;
    expect(pressed(state({ notice }), 'down').notice).toBeNull();
    expect(pressed(state({ notice }), 'x').notice).toBe(notice);
  });
});

describe('choosing what is restored', () => {
  test('from the menu the list comes first, and Enter in it asks for the preview', () => {
    const choosing = pressed(state(), 'r');
    expect(choosing).toMatchObject({ place: 'backups', choosing: true });
    expect(choosing.notice?.text).toBe('Choose the backup that shall come back, then press Enter.');
    expect(press(pressed(choosing, 'down'), 'enter').effect).toEqual({
      do: 'preview-restore',
      id: numberedSets(3)[1]?.id,
    });
  });

  test('from the list and from the details the chosen backup is meant', () => {
    for (const place of ['backups', 'details'] as const)
      expect(press(state({ place, chosen: numberedSet(1).id }), 'r').effect).toEqual({
        do: 'preview-restore',
        id: numberedSet(1).id,
      });
  });

  test('it ends with Esc: Enter shows the details again', () => {
    expect(pressed(state(), 'r', 'escape', 'l', 'enter').place).toBe('details');
  });

  test('it goes on after the keys were looked at', () => {
    const back = pressed(state(), 'r', '?', 'escape');
    expect(back).toMatchObject({ place: 'backups', choosing: true });
    expect(press(back, 'enter').effect).toMatchObject({ do: 'preview-restore' });
  });

  test('an unverifiable backup is refused, and the list stays', () => {
    const strange = {
      state: 'unverifiable',
      id: 's',
      dataFile: null,
      sizeBytes: 1,
      because: 'it is cut',
    } as const;
    const choosing = pressed(state({ sets: [strange] }), 'r');
    expect(press(choosing, 'enter')).toMatchObject({
      state: { place: 'backups', choosing: true, notice: { text: 's cannot be verified: it is cut.' } },
    });
    expect(press(choosing, 'enter').effect).toBeUndefined();
  });
});

describe('what a key sets off', () => {
  const id = numberedSet(3).id;
  test.each([
    ['C', state(), { do: 'preview-clear', everything: false }],
    ['ctrl+r', state(), { do: 'refresh' }],
    ['q', state(), { do: 'quit', exitCode: 0 }],
    ['v', list(), { do: 'verify', id, deep: false }],
    ['V', list(), { do: 'verify', id, deep: true }],
    ['p', list(), { do: 'pin', id, pinned: true }],
    ['p', list({ sets: [numberedSet(3, { pinned: true })] }), { do: 'pin', id, pinned: false }],
  ] as const)('%s', (key, before, effect) => {
    expect(press(before, key)).toEqual({ state: before, effect });
  });

  test('the delete key asks as d does', () => {
    expect(press(list(), 'delete').state.question).toEqual({ ask: 'delete', id });
    expect(press(list(), 'd').state.question).toEqual({ ask: 'delete', id });
  });

  test('what belongs to the list does nothing at the menu', () => {
    for (const key of ['v', 'V', 'p', 'd', 'delete', '/', 'o'])
      expect(press(state(), key)).toEqual({ state: state() });
  });
});

describe('Ctrl-C', () => {
  test('cancels what runs before anything else, even while something is asked', () => {
    const question = { ask: 'quit' } as const;
    expect(press(state({ job: job(), question }), 'ctrl+c')).toMatchObject({
      state: { question: null },
      effect: { do: 'cancel' },
    });
  });

  test('then takes the question away', () => {
    for (const question of [
      { ask: 'note', typed: 'x' },
      { ask: 'delete', id: 'x' },
      { ask: 'name', about: clearing(), typed: 'x', wrong: false, scroll: 0 },
    ] as const) {
      const { state: left, effect } = press(state({ question }), 'ctrl+c');
      expect(left.question).toBeNull();
      expect(effect).toBeUndefined();
    }
  });

  test('then closes the menu with 130, also while a filter is typed', () => {
    expect(press(state(), 'ctrl+c').effect).toEqual({ do: 'quit', exitCode: 130 });
    expect(press(list({ filtering: true }), 'ctrl+c').effect).toEqual({ do: 'quit', exitCode: 130 });
  });
});

describe('Ctrl-Z', () => {
  test('gives the terminal to the shell whatever is asked or typed, which stays', () => {
    for (const before of [
      state(),
      state({ question: { ask: 'note', typed: 'x' } }),
      state({ question: { ask: 'name', about: clearing(), typed: 'x', wrong: false, scroll: 0 } }),
      list({ filtering: true, filter: 'x' }),
    ])
      expect(press(before, 'ctrl+z')).toEqual({ state: before, effect: { do: 'suspend' } });
  });

  test('is refused while something runs, be it for a moment', () => {
    for (const quick of [false, true]) {
      const { state: after, effect } = press(state({ job: job({ quick }) }), 'ctrl+z');
      expect(effect).toBeUndefined();
      expect(after.notice?.text).toBe('Backing up kubegram is not over yet.');
    }
  });
});

test('quitting asks while something runs', () => {
  const { state: asked, effect } = press(state({ job: job() }), 'q');
  expect(asked.question).toEqual({ ask: 'quit' });
  expect(effect).toBeUndefined();
});

describe('the filter', () => {
  const typing = list({ filtering: true });

  test('/ begins it, Enter and the arrows keep it, Esc takes it out', () => {
    expect(pressed(list(), '/').filtering).toBe(true);
    for (const key of ['enter', 'up', 'down'])
      expect(pressed(list(), '/', 'a', key)).toMatchObject({ filtering: false, filter: 'a' });
    expect(pressed(list(), '/', 'a', 'escape')).toMatchObject({
      filtering: false,
      filter: '',
      place: 'backups',
    });
  });

  test('takes what is a command elsewhere as text', () => {
    expect(pressed(typing, 'q', 'C', 'd', '/', 'space', '?')).toMatchObject({
      filter: 'qCd/ ?',
      question: null,
      place: 'backups',
    });
  });

  test('leaves named keys out of the text', () => {
    expect(pressed(typing, 'a', 'pageup', 'home', 'tab', 'left', 'ctrl+x').filter).toBe('a');
  });

  test('backspace takes a whole emoji, flag, accent or wide character away', () => {
    for (const grapheme of ['👩‍👩‍👧', '🇩🇪', 'é', '北', '👍🏽', 'x'])
      expect(pressed(typing, 'a', grapheme, 'backspace').filter).toBe('a');
    expect(pressed(typing, 'backspace').filter).toBe('');
    expect(pressed(typing, 'a', 'b', 'ctrl+u').filter).toBe('');
  });

  test('chooses the first that is left, and what was chosen again when it is taken out', () => {
    const sets = [numberedSet(3, { note: 'apple' }), numberedSet(2, { note: 'pear' }), numberedSet(1)];
    const chosen = list({ sets, chosen: numberedSet(1).id });
    const filtered = pressed(chosen, '/', 'p', 'e', 'a');
    expect(chosenBackup(filtered)?.id).toBe(numberedSet(2).id);
    expect(chosenBackup(pressed(filtered, 'escape'))?.id).toBe(numberedSet(1).id);
  });
});

test('the order goes from age to size to rows and round again, with the chosen one kept', () => {
  const chosen = list({ chosen: numberedSet(2).id });
  expect(pressed(chosen, 'o')).toMatchObject({ sort: 'size', chosen: numberedSet(2).id });
  expect(pressed(chosen, 'o', 'o').sort).toBe('rows');
  expect(pressed(chosen, 'o', 'o', 'o').sort).toBe('age');
});

describe('moving', () => {
  const many = list({ sets: numberedSets(300) });
  const at = (one: MenuState): number =>
    (one.sets ?? []).findIndex((set) => set.id === chosenBackup(one)?.id);
  const page = layoutOf(many).listRows;

  test('in the list it goes by lines and pages, and stops at both ends', () => {
    expect(at(pressed(many, 'down', 'j'))).toBe(2);
    expect(at(pressed(many, 'down', 'down', 'up', 'k', 'k'))).toBe(0);
    expect(at(pressed(many, 'pagedown'))).toBe(page);
    expect(at(pressed(many, 'space', 'space', 'pageup'))).toBe(page);
    expect(at(pressed(many, 'end'))).toBe(299);
    expect(at(pressed(many, 'G', 'down', 'pagedown'))).toBe(299);
    expect(at(pressed(many, 'end', 'home'))).toBe(0);
    expect(at(pressed(many, 'end', 'g', 'pageup'))).toBe(0);
  });

  test('in an empty list nothing is chosen', () => {
    for (const key of ['down', 'up', 'end', 'home', 'pagedown', 'pageup'])
      expect(pressed(list({ sets: [] }), key).chosen).toBeNull();
  });

  test('in the menu it stops at both ends', () => {
    expect(pressed(state(), 'down', 'down', 'up').item).toBe(1);
    expect(pressed(state(), 'up').item).toBe(0);
    expect(pressed(state(), 'end').item).toBe(6);
    expect(pressed(state({ item: 6 }), 'down').item).toBe(6);
    expect(pressed(state({ item: 6 }), 'home').item).toBe(0);
    expect(pressed(state(), 'pagedown').item).toBe(6);
  });

  test('a page is scrolled until its last line stands at the bottom, and no further', () => {
    const tables = Array.from({ length: 100 }, (_, n) => ({ schema: 'public', name: `t${n}`, rows: n }));
    const details = state({ place: 'details', sets: [numberedSet(1, { tables })] });
    const { main } = layoutOf(details);
    const last = pageOf(details).length - main;
    expect(last).toBeGreaterThan(80);
    expect(pressed(details, 'end').scroll).toBe(last);
    expect(pressed(details, 'end', 'down').scroll).toBe(last);
    expect(pressed(details, 'pagedown', 'down').scroll).toBe(main + 1);
    expect(pressed(details, 'end', 'pageup').scroll).toBe(last - main);
    expect(pressed(details, 'end', 'home', 'up').scroll).toBe(0);
  });

  test('a page that became shorter goes up from where it is shown', () => {
    const tables = Array.from({ length: 30 }, (_, n) => ({ schema: 'public', name: `t${n}`, rows: n }));
    const details = state({ place: 'details', sets: [numberedSet(1, { tables })], scroll: 500 });
    const last = pageOf(details).length - layoutOf(details).main;
    expect(pressed(details, 'up').scroll).toBe(last - 1);
  });

  test('a page that fits is not scrolled', () => {
    expect(pressed(state({ place: 'status' }), 'end').scroll).toBe(0);
    expect(pressed(state({ place: 'status', look: lost() }), 'pagedown').scroll).toBe(0);
  });
});

test('a question takes every key', () => {
  const asked = state({ question: { ask: 'name', about: restoring(), typed: '', wrong: false, scroll: 0 } });
  expect(pressed(asked, 'l', 'q', '?')).toMatchObject({ place: 'menu', question: { typed: 'lq?' } });
});
