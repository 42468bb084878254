import { describe, expect, test } from 'vitest';
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
  const asked = asking({ ask: 'name', about, typed: '', wrong: false }, { choosing: true });

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
      expect(again.question).toEqual({ ask: 'name', about, typed: '', wrong: true });
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
      const asked = asking({ ask: 'name', about: clearing(everything), typed: 'k', wrong: false });
      expect(press(asked, 'tab')).toEqual({
        state: asked,
        effect: { do: 'preview-clear', everything: !everything },
      });
    }
  });

  test('means nothing where there is only one kind', () => {
    const asked = asking({ ask: 'name', about: restoring(), typed: 'k', wrong: false });
    expect(press(asked, 'tab')).toEqual({ state: asked });
  });
});

describe('while the preview of the other kind is looked at', () => {
  const looking = asking(
    { ask: 'name', about: clearing(), typed: name, wrong: false },
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
