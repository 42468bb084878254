import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../../../src/ui/tui/layout.ts';
import { askedLines } from '../../../../src/ui/tui/pages/question.ts';
import { press } from '../../../../src/ui/tui/press.ts';
import type { MenuState, Question } from '../../../../src/ui/tui/state.ts';
import { clearing, job, restoring, state, undoing } from './states.ts';

const pressed = (before: MenuState, ...keys: string[]): MenuState =>
  keys.reduce((current, key) => press(current, key).state, before);
const asking = (question: Question, differences: Partial<MenuState> = {}): MenuState =>
  state({ question, ...differences });
const name = 'kubegram';

describe('the note of a backup', () => {
  const note = asking({ ask: 'note', typed: '' });

  test('is typed, and Enter backs up with it, without blanks around it', () => {
    const typed = pressed(note, 'space', 'a', 'space', '北', '👩‍👩‍👧', 'space');
    expect(typed.question).toEqual({ ask: 'note', typed: ' a 北👩‍👩‍👧 ' });
    expect(press(typed, 'enter')).toEqual({
      state: { ...typed, question: null },
      effect: { do: 'back-up', note: 'a 北👩‍👩‍👧' },
    });
  });

  test('may stay empty', () => {
    expect(press(note, 'enter').effect).toEqual({ do: 'back-up', note: '' });
  });

  test('loses a whole character at a backspace', () => {
    expect(pressed(note, 'a', '👩‍👩‍👧', 'backspace').question).toEqual({ ask: 'note', typed: 'a' });
  });

  test('Esc leaves it, and nothing is backed up', () => {
    expect(press(pressed(note, 'a'), 'escape')).toEqual({ state: state() });
  });
});

describe.each([
  ['clear', clearing()],
  ['restore', restoring()],
  ['undo', undoing()],
])('the name that a %s asks for', (_, about) => {
  const asked = asking({ ask: 'name', about, typed: '', wrong: false, scroll: 0 }, { choosing: true });

  test('sets it off when it is right', () => {
    const typed = pressed(asked, ...name);
    expect(press(typed, 'enter')).toEqual({
      state: { ...typed, question: null, choosing: false },
      effect: { do: 'confirmed', about, confirm: name },
    });
  });

  test.each([[['x']], [[]], [[...name, 'space']], [[...name.toUpperCase()]], [[...name].slice(0, -1)]])(
    'says so when it is wrong, takes the text away and asks again: %j',
    (keys) => {
      const { state: again, effect } = press(pressed(asked, ...keys), 'enter');
      expect(effect).toBeUndefined();
      expect(again.question).toEqual({ ask: 'name', about, typed: '', wrong: true, scroll: 0 });
      const right = pressed(again, ...name);
      expect(right.question).toMatchObject({ wrong: false });
      expect(press(right, 'enter').effect).toMatchObject({ do: 'confirmed', confirm: name });
    },
  );

  test('is given up with Esc', () => {
    expect(press(pressed(asked, ...name), 'escape')).toEqual({ state: { ...asked, question: null } });
  });

  test('is never right before it is known which database it is', () => {
    expect(press({ ...asked, look: null }, 'enter').effect).toBeUndefined();
  });
});

describe('Tab at the question of a clear', () => {
  test('asks for the preview of the other kind', () => {
    for (const everything of [false, true]) {
      const asked = asking({ ask: 'name', about: clearing(everything), typed: 'k', wrong: false, scroll: 0 });
      expect(press(asked, 'tab')).toEqual({
        state: asked,
        effect: { do: 'preview-clear', everything: !everything },
      });
    }
  });

  test('means nothing where there is only one kind', () => {
    const asked = asking({ ask: 'name', about: restoring(), typed: 'k', wrong: false, scroll: 0 });
    expect(press(asked, 'tab')).toEqual({ state: asked });
  });
});

describe('while the preview of the other kind is looked at', () => {
  const looking = asking(
    { ask: 'name', about: clearing(), typed: name, wrong: false, scroll: 0 },
    { job: job({ quick: true, title: 'Looking what would change' }) },
  );

  test('the right name sets nothing off, since it is not known yet for what', () => {
    expect(press(looking, 'enter')).toEqual({ state: looking });
  });

  test('a second Tab asks for nothing', () => {
    expect(press(looking, 'tab')).toEqual({ state: looking });
  });

  test('Esc gives it up, so that the question does not come back', () => {
    expect(press(looking, 'escape')).toMatchObject({ state: { question: null }, effect: { do: 'cancel' } });
  });
});

describe('a yes or no', () => {
  const busy = state({ job: job() }).job;

  test('y deletes', () => {
    for (const key of ['y', 'Y'])
      expect(press(asking({ ask: 'delete', id: 'x' }), key)).toEqual({
        state: state(),
        effect: { do: 'delete', id: 'x' },
      });
  });

  test('y cancels what runs and closes the menu', () => {
    for (const key of ['y', 'Y'])
      expect(press(asking({ ask: 'quit' }, { job: busy }), key)).toEqual({
        state: state({ job: busy }),
        effect: { do: 'quit', exitCode: 130 },
      });
  });

  test.each(['n', 'enter', 'escape', 'space', 'd', 'q', 'tab', 'up', 'j', 'ý'])('%s is a no', (key) => {
    expect(press(asking({ ask: 'delete', id: 'x' }), key)).toEqual({ state: state() });
    expect(press(asking({ ask: 'quit' }, { job: busy }), key)).toEqual({ state: state({ job: busy }) });
  });
});

describe('a preview that is longer than its room', () => {
  const small = { columns: 60, rows: 16 };
  const asked = asking(
    { ask: 'name', about: clearing(false, 30), typed: 'ku', wrong: false, scroll: 0 },
    small,
  );
  const shown = (before: MenuState): string[] =>
    layoutOf(before).below.map((line) => line.map(({ text }) => text).join(''));
  const all = askedLines(asked, asked.question as Question).about.map((line) =>
    line.map(({ text }) => text).join(''),
  );
  const rows = 6;

  test('says how much more there is and where, and the answer stays in sight', () => {
    const answer = ['Type kubegram to go on: ku▏', 'Enter goes on, Tab changes the kind, Esc goes back'];
    const below = all.length - rows;
    expect(shown(asked)).toEqual([...all.slice(0, rows), `  ${below} more lines below, PgDn`, ...answer]);
    expect(shown(pressed(asked, 'down'))).toEqual([
      ...all.slice(1, 1 + rows),
      `  ${below - 1} more lines below, PgDn; 1 above, PgUp`,
      ...answer,
    ]);
    const end = pressed(asked, ...Array.from({ length: 20 }, () => 'pagedown'));
    expect(shown(end)).toEqual([...all.slice(-rows), `  ${below} more lines above, PgUp`, ...answer]);
    expect(shown(pressed(end, 'up'))[rows]).toBe(`  1 more line below, PgDn; ${below - 1} above, PgUp`);
    expect(pressed(end, ...Array.from({ length: 20 }, () => 'pageup'))).toEqual(asked);
  });

  test('is scrolled by lines and pages, and every line of it comes into sight', () => {
    const seen = new Set<string>();
    let current = asked;
    for (let page = 0; page < all.length / rows; page++) {
      for (const one of shown(current).slice(0, rows)) seen.add(one);
      current = pressed(current, 'pagedown');
    }
    expect([...seen].sort()).toEqual([...new Set(all)].sort());
    expect(pressed(asked, 'down', 'down', 'up').question).toMatchObject({ scroll: 1 });
    expect(pressed(asked, 'up', 'pageup').question).toMatchObject({ scroll: 0 });
  });

  test('is typed at as any other: j, k and the space bar are text', () => {
    expect(pressed(asked, 'pagedown', 'j', 'k', 'space', 'g').question).toMatchObject({
      typed: 'kujk g',
      scroll: rows,
    });
    const wrong = pressed(asked, 'pagedown', 'enter');
    expect(wrong.question).toMatchObject({ wrong: true, typed: '', scroll: rows });
    expect(pressed(wrong, 'down').question).toMatchObject({ wrong: true, scroll: rows + 1 });
  });

  test('goes up from where it is shown when the screen has grown', () => {
    const end = pressed(asked, ...Array.from({ length: 20 }, () => 'pagedown'));
    const grown = { ...end, rows: 24 };
    expect(shown(grown).slice(-4, -3)).toEqual(all.slice(-1));
    expect(shown(pressed(grown, 'up')).slice(-4, -3)).toEqual(all.slice(-2, -1));
  });

  test('that fits has no such line and is not scrolled', () => {
    const short = asking({ ask: 'name', about: clearing(), typed: '', wrong: false, scroll: 0 });
    expect(shown(short).join()).not.toContain('more');
    expect(pressed(short, 'down', 'pagedown')).toEqual(short);
  });
});
